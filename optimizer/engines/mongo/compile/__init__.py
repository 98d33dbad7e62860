"""SQL to MongoDB: sqlglot's trees of a query in, a Program for a layout out. Pure."""
