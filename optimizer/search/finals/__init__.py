"""The winner must win again, from nothing."""
