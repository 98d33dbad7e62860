"""From a plan to rows: Parquet files in a cache, made in several processes."""
