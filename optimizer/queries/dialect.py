"""PostgreSQL for sqlglot, keeping every function as it was written.

sqlglot's own dialect turns functions into their standard equivalents (`char_length(x)` becomes
`LENGTH(x)`, `date_part` becomes EXTRACT, `x ^ 2` becomes POWER). The value is the same, but an index on the
one can't serve a query that says the other. Only functions that come out again unchanged are given a
meaning here; a parameter comes out as `:name`.
"""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.generators.postgres import PostgresGenerator
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.tokenizer_core import TokenType

_KEPT = """
    ABS ARRAY_AGG AVG BIT_AND BIT_OR BOOL_AND BOOL_OR COALESCE CONCAT CONCAT_WS CORR COUNT COVAR_POP
    COVAR_SAMP CUME_DIST DENSE_RANK EXISTS FIRST_VALUE FLOOR GENERATE_SERIES GREATEST JSON_AGG
    JSONB_AGG JSONB_EXISTS JSONB_OBJECT_AGG LAG LAST_VALUE LEAD LEAST LEFT LENGTH LOWER MAX MD5 MIN NOW
    NTH_VALUE NTILE NULLIF PERCENT_RANK PERCENTILE_CONT PERCENTILE_DISC RANK RIGHT ROUND ROW_NUMBER
    STARTS_WITH STDDEV STDDEV_POP STDDEV_SAMP STRING_AGG SUM UNNEST UPPER VAR_POP VAR_SAMP
    """


class QueryParser(PostgresParser):
    """PostgreSQL's parser with the functions of `_KEPT` alone; every other function stays a plain call.

    PostgreSQL has no lambdas: `f(data -> 'key')` is an arrow into JSON.
    """

    FUNCTIONS: ClassVar = {k: build for k, build in PostgresParser.FUNCTIONS.items() if k in _KEPT.split()}
    LAMBDAS: ClassVar = {k: v for k, v in PostgresParser.LAMBDAS.items() if k is not TokenType.ARROW}
    FUNCTION_PARSERS: ClassVar = {
        name: parse for name, parse in PostgresParser.FUNCTION_PARSERS.items() if name != "DATE_PART"
    }


class QueryGenerator(PostgresGenerator):
    """PostgreSQL's generator; a power is written with its operator."""

    TRANSFORMS: ClassVar = {
        **PostgresGenerator.TRANSFORMS,
        exp.Pow: lambda self, power: self.binary(power, "^"),
        exp.Placeholder: lambda self, parameter: f":{parameter.name}",
        exp.StartsWith: lambda self, call: f"{self.sql(call, 'this')} ^@ {self.sql(call, 'expression')}",
    }


class QueryDialect(Postgres):
    """The dialect of all queries."""

    Parser = QueryParser
    Generator = QueryGenerator
