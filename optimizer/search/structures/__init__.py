"""The search over structures: each is loaded once with all its candidate indexes, and searched."""
