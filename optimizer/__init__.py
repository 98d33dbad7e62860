"""Finds the fastest database schema for a workload by measuring real designs on real servers."""

__version__ = "0.1.0"
