"""What a total is kept in, and the statements that keep it."""
