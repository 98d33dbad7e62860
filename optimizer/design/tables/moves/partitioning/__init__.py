"""Tables spread over partitions, a method a file."""
