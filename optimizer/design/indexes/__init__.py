"""What is said about indexes on every engine: what statements want of them, what covers what. Pure."""
