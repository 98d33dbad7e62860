"""Structures of time series as TimescaleDB's SQL."""
