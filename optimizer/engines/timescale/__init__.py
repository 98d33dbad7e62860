"""TimescaleDB: PostgreSQL with tables that are cut into chunks of time."""
