"""What plans a query gets under every set of candidates, and what they take: EXPLAINs and measurements."""
