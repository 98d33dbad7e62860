"""The way from a query to the program that runs on one layout."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.query import compile_query
from optimizer.engines.mongo.locks import Locks
from optimizer.engines.mongo.program import Program
from optimizer.errors import OptimizerError
from optimizer.model.query import Query
from optimizer.model.workload import SessionSettings


@dataclass(frozen=True)
class Compiler:
    """Makes a query's program for a layout; picklable, and equal to another that makes the same ones.

    OptimizerError for a query that can't be had here: MongoEngine.problems says so before anything is made.
    """

    layout: Layout
    settings: SessionSettings
    relax: frozenset[str]
    locks: Locks

    def __call__(self, query: Query) -> Program:
        try:
            return compile_query(query, self.layout, self.settings, self.relax, self.locks)
        except NotCompiled as error:
            raise OptimizerError(f"{query.name} has no translation for MongoDB: {error}") from error
