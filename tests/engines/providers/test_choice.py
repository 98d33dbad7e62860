from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.choice import availability, choose, start
from optimizer.engines.providers.mongo import external
from optimizer.engines.providers.mongo.providers import MONGO_PROVIDERS
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.providers.postgres.providers import POSTGRES_PROVIDERS
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable

NOWHERE = {"postgres": "host=/nowhere", "mongo": "mongodb://nowhere.invalid/"}

Providers = Sequence[Provider[Any]]


@pytest.fixture(params=[POSTGRES_PROVIDERS, MONGO_PROVIDERS], ids=["postgres", "mongo"])
def providers(request: pytest.FixtureRequest) -> Providers:
    found: Providers = request.param
    return found


def test_every_provider_says_whether_and_why(providers: Providers) -> None:
    answers = availability(providers, ServerRequest())
    assert [answer.provider for answer in answers] == ["external", "container", "embedded"]
    assert {answer.engine for answer in answers} == {providers[0].engine}
    assert all(answer.reason for answer in answers)


def test_an_unknown_provider_is_answered_with_those_there_are(providers: Providers) -> None:
    with pytest.raises(EngineUnavailable, match="auto, external, container, embedded"):
        start(providers, ServerRequest("embeded"))


@pytest.mark.parametrize("name", ["external", "container", "embedded"])
def test_a_named_provider_is_honoured(providers: Providers, name: str) -> None:
    request = ServerRequest(name, dsn=NOWHERE[providers[0].engine])
    assert [provider.name for provider in choose(providers, request)] == [name]


def test_a_dsn_decides_and_nothing_replaces_it(providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external, "PATIENCE_MS", 200)
    request = ServerRequest(dsn=NOWHERE[providers[0].engine])
    assert [provider.name for provider in choose(providers, request)] == ["external"]
    with pytest.raises(EngineUnavailable, match="nowhere"):
        start(providers, request)


def test_where_nothing_can_be_had_every_provider_says_why(
    providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    only = providers[:2]
    with pytest.raises(EngineUnavailable, match=f"no {only[0].title} can be had") as caught:
        start(only, ServerRequest())
    assert "external: no --dsn given\n  container: no Docker engine answers" in caught.value.message


def test_auto_prefers_what_can_be_had(server: PostgresEndpoint) -> None:
    answers = availability(POSTGRES_PROVIDERS, ServerRequest())
    usable = [answer.provider for answer in answers if answer.available]
    assert [provider.name for provider in choose(POSTGRES_PROVIDERS, ServerRequest())] == usable
    assert usable[-1] == "embedded"
