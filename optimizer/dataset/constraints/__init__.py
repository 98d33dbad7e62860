"""What the DDL says of a column's values, and generators that keep to it. Pure."""
