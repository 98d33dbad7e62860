"""The mark that a database of ours has, by which a later run knows it, and when its run is dead."""

from __future__ import annotations

MARK = "schema_optimizer_mark"
"""The collection, and the `_id` of its one document."""

OURS = {"_id": MARK, "optimizer": 1}
"""Finds it: `claim` says whose it is, `sessions` are those that its clients have noted."""
