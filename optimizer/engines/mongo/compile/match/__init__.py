"""SQL's conditions as filters of the match language."""
