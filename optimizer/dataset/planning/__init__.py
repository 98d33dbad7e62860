"""From schema, volumes and `data` to a plan: for every table how many rows, for every column a generator."""
