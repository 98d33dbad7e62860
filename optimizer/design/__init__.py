"""What can be chosen: the algebra of indexes. Pure; knows no engine."""
