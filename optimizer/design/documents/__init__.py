"""Document designs: where each table's rows live in collections, and the moves that change it. Pure."""
