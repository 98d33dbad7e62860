"""Structures of time series, a move a file."""
