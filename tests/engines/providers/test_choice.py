from __future__ import annotations

import pytest

from optimizer.engines.base import ServerRequest
from optimizer.engines.providers.choice import availability, choose, start
from optimizer.engines.providers.endpoint import Endpoint
from optimizer.errors import EngineUnavailable


def test_every_provider_says_whether_and_why() -> None:
    answers = availability(ServerRequest())
    assert [answer.provider for answer in answers] == ["external", "container", "embedded"]
    assert all(answer.reason for answer in answers)


def test_an_unknown_provider_is_answered_with_those_there_are() -> None:
    with pytest.raises(EngineUnavailable, match="auto, external, container, embedded"):
        start(ServerRequest("embeded"))


@pytest.mark.parametrize("name", ["external", "container", "embedded"])
def test_a_named_provider_is_honoured(name: str) -> None:
    assert [provider.name for provider in choose(ServerRequest(name, dsn="host=/nowhere"))] == [name]


def test_a_dsn_decides_and_nothing_replaces_it() -> None:
    request = ServerRequest(dsn="host=/nowhere")
    assert [provider.name for provider in choose(request)] == ["external"]
    with pytest.raises(EngineUnavailable, match="host=/nowhere"):
        start(request)


def test_auto_prefers_what_can_be_had(server: Endpoint) -> None:
    usable = [answer.provider for answer in availability(ServerRequest()) if answer.available]
    assert [provider.name for provider in choose(ServerRequest())] == usable
    assert usable[-1] == "embedded"
