"""A result to the files that a user takes along."""
