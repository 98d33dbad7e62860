"""A home of their own for tests that look at what is left behind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizer.engines.providers.home import VARIABLE, Home, open_home
from optimizer.engines.providers.leftovers import remove_folder

pytest.register_assert_rewrite(
    "tests.engines.providers.container_contract", "tests.engines.providers.embedded_contract"
)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """An empty home that an account without rights can reach, too."""
    folder = Path(tempfile.mkdtemp(prefix="so-", dir="/var/tmp"))
    folder.chmod(0o711)
    monkeypatch.setenv(VARIABLE, str(folder))
    yield open_home()
    remove_folder(folder)
