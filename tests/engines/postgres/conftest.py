"""The fixtures of these tests stand in tests/conftest.py; here are their types."""

from __future__ import annotations

from tests.conftest import CreateDatabase, WriteDataset, workload_of

__all__ = ["CreateDatabase", "WriteDataset", "workload_of"]
