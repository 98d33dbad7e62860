"""Parameter values for the queries, drawn from the rows that were made."""
