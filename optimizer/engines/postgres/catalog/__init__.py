"""What PostgreSQL's catalogs say: the schema, indexes, sizes, statistics."""
