"""Which indexes are worth measuring on PostgreSQL. Pure; one kind of index a file."""

from optimizer.engines.postgres.candidates.considered import Considered, candidates, consider, considered

__all__ = ["Considered", "candidates", "consider", "considered"]
