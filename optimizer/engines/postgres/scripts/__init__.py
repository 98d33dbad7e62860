"""DDL texts: cut into statements, applied, and written for a design."""
