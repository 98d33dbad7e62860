"""Conditions as aggregation expressions, a subject a module; `comparing` chooses between them."""
