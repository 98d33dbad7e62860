"""A result to bytes, one format a file; and the folder that they are written into."""
