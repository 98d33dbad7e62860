"""The index set chosen: exactly where that can be done, by local search beyond. Pure."""
