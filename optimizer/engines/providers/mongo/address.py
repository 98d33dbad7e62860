"""The URI of an external server: what of it may be shown, and what has to be blotted out; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from optimizer.errors import EngineUnavailable

FORMS = "write --dsn mongo=mongodb://user:password@host:27017/?authSource=admin, each part percent-encoded"
_SCHEME = re.compile(r"mongodb(\+srv)?://")
_AUTHORITY = re.compile(r"[^/?]*")


@dataclass(frozen=True, slots=True)
class Address:
    """A server's URI, read but not resolved; `secrets` are the parts that no message may have."""

    uri: str = field(repr=False)
    hosts: str
    user: str
    secrets: tuple[str, ...] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.hosts} as {self.user}" if self.user else self.hosts

    def masked(self, message: str) -> str:
        """The message with every secret blotted out."""
        for secret in self.secrets:
            message = message.replace(secret, "***")
        return message


def parse(dsn: str) -> Address:
    """The parts of a MongoDB URI; EngineUnavailable where it can't be read. Nobody is asked, not even DNS.

    The driver's own message isn't passed on, since it may quote the password.
    """
    scheme = _SCHEME.match(dsn)
    authority = _AUTHORITY.match(dsn, scheme.end()) if scheme else None
    if scheme is None or authority is None or not _is_readable(dsn, authority):
        raise EngineUnavailable("the DSN of the external server can't be read", FORMS)
    given, _, hosts = authority[0].rpartition("@")
    user, _, password = given.partition(":")
    return Address(dsn, hosts, unquote_plus(user), _secrets(password, dsn))


def _is_readable(dsn: str, authority: re.Match[str]) -> bool:
    """A password with a bare slash would put a part of itself where the host is looked for."""
    hosts = authority[0].rpartition("@")[2]
    if not hosts or "@" in dsn[authority.end() :]:
        return False
    if dsn.startswith("mongodb+srv:"):
        return re.fullmatch(r"[\w.-]+", hosts) is not None
    try:
        parse_uri(dsn, validate=False)
    except (PyMongoError, ValueError):
        return False
    return True


def _secrets(password: str, dsn: str) -> tuple[str, ...]:
    options = parse_qsl(dsn.partition("?")[2])
    hidden = [value for name, value in options if name.lower().endswith(("password", "properties"))]
    found = {password, unquote_plus(password), *hidden}
    return tuple(sorted((secret for secret in found if secret), key=len, reverse=True))
