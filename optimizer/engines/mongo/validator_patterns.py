"""LIKE and PostgreSQL's regular expressions as patterns of MongoDB (PCRE), where both mean the same.

`$` stands before a newline at the end too in PCRE, `\\z` does not; `.` is a newline with `(?s)` only.
What depends on the locale, looks around or refers back is left alone.
"""

from __future__ import annotations

import re

_PLAIN = re.compile(
    r"""\A(?:
        [^\\.\[\](){}*+?|^$]            # a character
      | \\[.\[\](){}*+?|^$/@\\-]        # one that is quoted
      | \\d                             # a digit
      | [.|^$()]
      | \(\?:
      | \[\^?(?:[^\]\[\\]|\\[\\.\]\[^-])+\]   # a class without named ones
      | [*+?] | \{[0-9]+(?:,[0-9]*)?\}
    )*\Z""",
    re.VERBOSE,
)
_UNICODE = re.compile(r"[^\x00-\x7f]")


def of_regex(text: str, caseless: bool) -> str | None:
    """The pattern that finds what `~` (or `~*`) finds; None where that isn't certain."""
    if not _PLAIN.match(text) or (caseless and _UNICODE.search(text)):
        return None
    found = re.sub(r"(\\.)|(\[\^?[^\]]+\])|\$", lambda m: m[1] or m[2] or r"\z", text)
    found = found.replace(r"\d", "[0-9]")
    return _flags(caseless, "." in text) + found


def of_like(text: str, caseless: bool) -> str | None:
    """The pattern that finds what LIKE (or ILIKE) does; None where a backslash ends it."""
    if caseless and _UNICODE.search(text):
        return None
    parts: list[str] = []
    characters = iter(text)
    for character in characters:
        if character == "\\":
            quoted = next(characters, None)
            if quoted is None:
                return None
            parts.append(re.escape(quoted))
        else:
            parts.append({"%": ".*", "_": "."}.get(character, re.escape(character)))
    return _flags(caseless, True) + "^" + "".join(parts) + r"\z"


def _flags(caseless: bool, dots: bool) -> str:
    letters = ("s" if dots else "") + ("i" if caseless else "")
    return f"(?{letters})" if letters else ""
