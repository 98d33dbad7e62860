"""What can be computed from a binding alone, before anything is sent: constants of the statement."""
