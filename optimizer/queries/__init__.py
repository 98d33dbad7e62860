"""SQL once: parameters, the qualified sqlglot tree, and what a statement reads and writes. Pure."""
