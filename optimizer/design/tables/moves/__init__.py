"""The moves of tables, one a file."""
