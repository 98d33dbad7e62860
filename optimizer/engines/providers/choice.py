"""Which provider serves a request, and why not the others."""

from __future__ import annotations

import dataclasses

from optimizer.engines.base import Availability, ServerRequest
from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.claims import forget_dead
from optimizer.engines.providers.container import Container
from optimizer.engines.providers.embedded import Embedded
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.external import External
from optimizer.engines.providers.home import open_home
from optimizer.errors import EngineUnavailable

PROVIDERS: tuple[Provider, ...] = (External(), Container(), Embedded())
"""In the order in which `auto` prefers them."""

AUTO = "auto"


def availability(request: ServerRequest) -> tuple[Availability, ...]:
    """What each provider says, without starting anything."""
    return tuple(provider.availability(request) for provider in PROVIDERS)


def choose(request: ServerRequest) -> tuple[Provider, ...]:
    """The providers to try, best first: the one that is named, or for `auto` those that can be had.

    A DSN decides `auto`: an external server that was asked for is never replaced by another.
    EngineUnavailable where there is none.
    """
    if request.provider != AUTO:
        return (_named(request.provider),)
    if request.dsn is not None:
        return (_named(External.name),)
    answers = [(provider, provider.availability(request)) for provider in PROVIDERS]
    usable = tuple(provider for provider, answer in answers if answer.available)
    if not usable:
        reasons = "\n".join(f"  {provider.name}: {answer.reason}" for provider, answer in answers)
        raise EngineUnavailable(f"no PostgreSQL can be had here:\n{reasons}", "one of them is enough")
    return usable


def clean() -> None:
    """Remove what dead processes left, by whichever provider."""
    home = open_home()
    for provider in PROVIDERS:
        provider.clean(home)
    forget_dead(home)


def start(request: ServerRequest) -> Running:
    """A running server by the best provider that starts; what dead runs left is removed first.

    Those that failed on the way are in the endpoint's notes.
    """
    clean()
    failed: list[str] = []
    *first, last = choose(request)
    for provider in first:
        try:
            return _noted(provider.start(request), failed)
        except EngineUnavailable as error:
            failed.append(f"{provider.name} was tried first: {error.message}")
    return _noted(last.start(request), failed)


def _noted(running: Running, notes: list[str]) -> Running:
    endpoint = running.endpoint
    running.endpoint = dataclasses.replace(endpoint, notes=(*notes, *endpoint.notes))
    return running


def _named(name: str) -> Provider:
    for provider in PROVIDERS:
        if provider.name == name:
            return provider
    names = ", ".join((AUTO, *(provider.name for provider in PROVIDERS)))
    raise EngineUnavailable(f"there is no provider {name!r}", f"choose one of {names}")
