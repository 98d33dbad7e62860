"""BSON values as mongosh's JavaScript. Pure."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from bson.binary import UUID_SUBTYPE, Binary
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.regex import Regex

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*\Z")
_INT32 = range(-(1 << 31), 1 << 31)
_WIDTH = 96
_STEP = "  "
_METHODS = """
    adminCommand aggregate auth commandHelp copyDatabase createCollection createRole createUser createView
    currentOp disableFreeMonitoring dropDatabase dropRole dropUser enableFreeMonitoring eval fsyncLock
    fsyncUnlock getCollection getCollectionInfos getCollectionNames getLastError getLogComponents getMongo
    getName getProfilingStatus getRole getRoles getSiblingDB getUser getUsers hello help hostInfo isMaster
    killOp listCommands logout printCollectionStats printReplicationInfo rotateCertificates runCommand
    serverBits serverBuildInfo serverCmdLineOpts serverStatus setLogLevel setProfilingLevel shutdownServer
    sql stats updateRole updateUser version watch constructor hasOwnProperty toString valueOf
    """
"""Names that `db` has itself: a collection named so is reached by getCollection only."""


def javascript(value: Any, indent: str = "", width: int = _WIDTH) -> str:
    """The value as an expression: on one line where it fits into `width`, else broken and indented.

    `indent` is what the line that the value begins on is indented by.
    """
    flat = _flat(value)
    if len(indent) + len(flat) <= width or not isinstance(value, Mapping | list | tuple) or not value:
        return flat
    inner = indent + _STEP
    if isinstance(value, Mapping):
        lines = [f"{inner}{_name(k)}: {javascript(v, inner, width)}" for k, v in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if not any(isinstance(item, Mapping | list | tuple) for item in value):
        return f"[\n{_filled(list(map(_flat, value)), inner, width)}\n{indent}]"
    items = [inner + javascript(item, inner, width) for item in value]
    return "[\n" + ",\n".join(items) + f"\n{indent}]"


def _filled(items: list[str], indent: str, width: int) -> str:
    """The items with commas between them, as many on a line as there is room for."""
    lines = [""]
    for number, item in enumerate(items, 1):
        text = item + ("," if number < len(items) else "")
        if lines[-1] and len(indent) + len(lines[-1]) + 1 + len(text) > width:
            lines.append("")
        lines[-1] += f" {text}" if lines[-1] else text
    return "\n".join(indent + line for line in lines)


def collection(name: str) -> str:
    """The collection as an expression (`db.orders`)."""
    if _IDENTIFIER.match(name) and name not in _METHODS.split() and not name.startswith("_"):
        return f"db.{name}"
    return f"db.getCollection({json.dumps(name)})"


def _flat(value: Any) -> str:
    match value:
        case None | bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case Mapping():
            return "{" + ", ".join(f"{_name(k)}: {_flat(v)}" for k, v in value.items()) + "}"
        case Decimal128():
            return f'NumberDecimal("{value}")'
        case datetime():
            return f'ISODate("{value.isoformat(timespec="milliseconds")}Z")'
        case UUID():
            return f'UUID("{value}")'
        case bytes():
            return _binary(value)
        case int():
            return f'NumberLong("{value}")' if isinstance(value, Int64) or value not in _INT32 else str(value)
        case float():
            return _float(value)
        case Regex():
            return f"new RegExp({json.dumps(value.pattern)})"
        case Sequence():
            return "[" + ", ".join(map(_flat, value)) + "]"
    raise TypeError(f"no JavaScript for {value!r}")


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return f"Double({value!r})"


def _binary(value: bytes) -> str:
    subtype = value.subtype if isinstance(value, Binary) else 0
    if subtype == UUID_SUBTYPE and len(value) == 16:
        return f'UUID("{UUID(bytes=bytes(value))}")'
    return f'BinData({subtype}, "{base64.b64encode(value).decode()}")'


def _name(name: str) -> str:
    return name if _IDENTIFIER.match(name) else json.dumps(name, ensure_ascii=False)
