"""YAML's scalars as people mean them: the words and numbers of YAML 1.2, by a PyYAML loader.

YAML 1.1, PyYAML's default, reads `no` and `on` as booleans, `010` as 8 and `12:30` as 750; a country code,
a parameter's name or a time must not change so. Source: https://yaml.org/spec/1.2.2/#103-core-schema.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

_DIGITS = list("-+.0123456789")
_SCALARS: tuple[tuple[str, str, list[str]], ...] = (
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)\Z", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9_]*)\Z", list("-+0123456789")),
    ("float", r"[-+]?(?:[0-9][0-9_]*\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?\Z", _DIGITS),
    ("float", r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z", list("-+.")),
    ("merge", r"<<\Z", ["<"]),
    ("null", r"(?:~|null|Null|NULL|)\Z", ["~", "n", "N", ""]),
    (
        "timestamp",
        r"\d{4}-\d\d-\d\d(?:[Tt ]\d{1,2}:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d{1,2}(?::\d\d)?))?)?\Z",
        list("0123456789"),
    ),
)


class Loader(yaml.SafeLoader):
    """A safe loader with the scalars of YAML 1.2, and dates."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML declares it so


for _tag, _pattern, _first in _SCALARS:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)
