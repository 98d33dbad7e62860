"""Rows into tables: COPY, keys and foreign keys rebuilt behind it."""
