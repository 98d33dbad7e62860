"""What can be chosen, indexes and document designs, whatever the engine. Pure."""
