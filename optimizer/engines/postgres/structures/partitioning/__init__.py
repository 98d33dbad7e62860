"""Partitioned tables: their DDL, the user's own text changed to it, and plain tables turned into them."""
