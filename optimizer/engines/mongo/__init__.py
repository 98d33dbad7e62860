"""MongoDB: the same rooms as PostgreSQL's; compile, candidates, blueprint and script are pure."""
