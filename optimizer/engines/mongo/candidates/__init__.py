"""Which indexes are worth measuring on MongoDB, for a design's documents. Pure; a kind of index a file."""

from optimizer.engines.mongo.candidates.considered import considered, needed
from optimizer.engines.mongo.candidates.given import given

__all__ = ["considered", "given", "needed"]
