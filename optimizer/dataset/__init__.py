"""From volumes and generators to rows: the plan of each table, the cached Parquet files, the bindings."""
