"""The user's workload file: read, checked and turned into the model; every message with its position."""
