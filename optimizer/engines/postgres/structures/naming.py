"""Names of what structures make: columns, functions, triggers."""

from __future__ import annotations

from hashlib import sha256

from optimizer.engines.postgres.ddl import NAME_BYTES


def object_name(*words: str) -> str:
    """The words as one name of at most 63 bytes; one that had to be cut ends in six digits of a hash."""
    name = "_".join(words)
    if len(name.encode()) <= NAME_BYTES:
        return name
    digest = sha256(name.encode()).hexdigest()[:6]
    cut = name.encode()[: NAME_BYTES - 7].decode(errors="ignore").rstrip("_")
    return f"{cut}_{digest}"
