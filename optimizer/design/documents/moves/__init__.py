"""The moves to another document design, one a file: each offers structures for the workload's statements."""
