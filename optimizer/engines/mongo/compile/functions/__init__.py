"""SQL's operators and functions as aggregation expressions, a table for each kind."""
