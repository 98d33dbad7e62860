"""How a PostgreSQL server is had: a container, the embedded wheel, or one that already runs elsewhere."""
