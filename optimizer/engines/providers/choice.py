"""Which of an engine's providers serves a request, and why not the others.

`providers` are one engine's, at least one, in the order in which `auto` prefers them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.claims import forget_dead
from optimizer.engines.providers.endpoint import E, Running
from optimizer.engines.providers.external import EXTERNAL
from optimizer.engines.providers.home import open_home
from optimizer.engines.values import Availability, ServerRequest
from optimizer.errors import EngineUnavailable

AUTO = "auto"


def availability(providers: Sequence[Provider[E]], request: ServerRequest) -> tuple[Availability, ...]:
    """What each provider says, without starting anything."""
    return tuple(provider.availability(request) for provider in providers)


def choose(providers: Sequence[Provider[E]], request: ServerRequest) -> tuple[Provider[E], ...]:
    """The providers to try, best first: the one that is named, or for `auto` those that can be had.

    A DSN decides `auto`: an external server that was asked for is never replaced by another.
    EngineUnavailable where there is none.
    """
    if request.provider != AUTO:
        return (_named(providers, request.provider),)
    if request.dsn is not None:
        return (_named(providers, EXTERNAL),)
    answers = [(provider, provider.availability(request)) for provider in providers]
    usable = tuple(provider for provider, answer in answers if answer.available)
    if not usable:
        reasons = "\n".join(f"  {provider.name}: {answer.reason}" for provider, answer in answers)
        title = providers[0].title
        raise EngineUnavailable(f"no {title} can be had here:\n{reasons}", "one of them is enough")
    return usable


def clean(providers: Sequence[Provider[E]]) -> None:
    """Remove what dead processes left, by whichever provider."""
    home = open_home()
    for provider in providers:
        provider.clean(home)
    forget_dead(home)


def start(providers: Sequence[Provider[E]], request: ServerRequest) -> Running[E]:
    """A running server by the best provider that starts; what dead runs left is removed first.

    Those that failed on the way are in the endpoint's notes.
    """
    clean(providers)
    failed: list[str] = []
    *first, last = choose(providers, request)
    for provider in first:
        try:
            return _noted(provider.start(request), failed)
        except EngineUnavailable as error:
            failed.append(f"{provider.name} was tried first: {error.message}")
    return _noted(last.start(request), failed)


def _noted(running: Running[E], notes: list[str]) -> Running[E]:
    endpoint = running.endpoint
    running.endpoint = dataclasses.replace(endpoint, notes=(*notes, *endpoint.notes))
    return running


def _named(providers: Sequence[Provider[E]], name: str) -> Provider[E]:
    for provider in providers:
        if provider.name == name:
            return provider
    names = ", ".join((AUTO, *(provider.name for provider in providers)))
    raise EngineUnavailable(f"there is no provider {name!r}", f"choose one of {names}")
