"""What a MongoDB error means: to an answer, and to a person who runs the optimizer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pymongo.errors import (
    ConnectionFailure,
    ExecutionTimeout,
    InvalidOperation,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from optimizer.errors import MeasurementLost, OptimizerError
from optimizer.model.answer import TIMED_OUT, UNAVAILABLE

TRANSIENT = "TransientTransactionError"
UNKNOWN_COMMIT = "UnknownTransactionCommitResult"
_DIVISION_BY_ZERO = "can't $divide by zero", "can't $mod by zero"
_VALIDATION = 121
_NO_ROOM = frozenset({14031})  # OutOfDiskSpace
_CLASSES = {
    27: UNAVAILABLE,  # IndexNotFound: a text search without its index
    50: TIMED_OUT,  # MaxTimeMSExpired
    11000: "duplicate key",
    11001: "duplicate key",
    12582: "duplicate key",
}


class Refused(Exception):
    """An operation that the server, or a guard, refuses; `error` is a class of errors of an Answer."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error
        self.message = message


def refused(error: Exception) -> Refused:
    """The refusal that an error of the driver is; MeasurementLost where the server is gone or full."""
    if isinstance(error, PyMongoError) and is_lost(error):
        raise lost(error) from error
    if isinstance(error, ExecutionTimeout | WTimeoutError):
        return Refused(TIMED_OUT, str(error))
    if isinstance(error, OperationFailure):
        return refusal({"code": error.code, "errmsg": words(error), **(error.details or {})})
    return Refused(f"error {type(error).__name__}", str(error))


def refusal(details: Mapping[str, Any]) -> Refused:
    """The refusal that the server's own words are: a failed command, or one of its `writeErrors`."""
    code, message = details.get("code"), str(details.get("errmsg", ""))
    if code in _NO_ROOM:
        raise no_room(message)
    if code == _VALIDATION:
        return Refused(_validation(details.get("errInfo")), message)
    if any(words in message for words in _DIVISION_BY_ZERO):
        return Refused("division by zero", message)
    return Refused(_CLASSES.get(code or 0, f"error {code}"), message)


@contextmanager
def guarded() -> Iterator[None]:
    """Turn a lost server or a full disk into MeasurementLost, what else it says into OptimizerError.

    Also a decorator.
    """
    try:
        yield
    except PyMongoError as error:
        if is_lost(error):
            raise lost(error) from error
        if isinstance(error, OperationFailure) and error.code in _NO_ROOM:
            raise no_room(words(error)) from error
        raise OptimizerError(f"MongoDB: {words(error)}") from error


def is_lost(error: PyMongoError) -> bool:
    """Whether the server is gone: no answer, or one from a server that is going down."""
    closed = isinstance(error, InvalidOperation) and "after close" in str(error)
    return closed or isinstance(error, ConnectionFailure)


def lost(error: PyMongoError) -> MeasurementLost:
    """The error for a person, of a server that doesn't answer."""
    return MeasurementLost(
        f"the MongoDB server is gone: {str(error).splitlines()[0].split(', Timeout:')[0]}",
        "What was measured so far is kept; look at the server's log, then run again with --resume.",
    )


def no_room(message: str) -> MeasurementLost:
    """The error for a disk that is full."""
    return MeasurementLost(
        f"the MongoDB server has no room left: {message}",
        "Free space there, or run with a smaller --scale.",
    )


def words(error: PyMongoError) -> str:
    """What the server said, without the whole of its answer."""
    details = error.details if isinstance(error, OperationFailure) else None
    return str((details or {}).get("errmsg") or error)


def _validation(info: Any) -> str:
    """A null where none may be counts before a check, as it does in PostgreSQL."""
    return "null in a required column" if any(_is_null(one) for one in _walk(info)) else "check violated"


def _is_null(detail: Mapping[str, Any]) -> bool:
    missing = detail.get("operatorName") == "required" and bool(detail.get("missingProperties"))
    return missing or (detail.get("operatorName") == "bsonType" and detail.get("consideredType") == "null")


def _walk(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for item in value.values():
            yield from _walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item)
