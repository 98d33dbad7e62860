"""Writes: rows into documents, wherever a layout has them, and all that depends on a row kept with it."""
