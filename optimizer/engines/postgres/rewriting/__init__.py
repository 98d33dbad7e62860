"""Statements in the words of a design's tables: a copy instead of a join, a total instead of rows. Pure."""
