"""The sections of the file as pydantic models: keys, types and units; nothing that needs two sections.

A field's description is the hint that is shown where the field is missing.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from optimizer.workload import values
from optimizer.workload.mistake import Mistake


class Section(BaseModel):
    """A mapping of the file: unknown keys are mistakes, a key left empty counts as left out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @classmethod
    def field_of_key(cls) -> dict[str, str]:
        """The field of each key of the file."""
        return {field.alias or name: name for name, field in cls.model_fields.items()}

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: v for key, v in value.items() if v is not None or key not in cls.field_of_key()}


class VolumeSection(Section):
    rows: int | None = None
    per: str | None = None
    mean: values.Positive | None = None
    skew: Literal["none", "zipf"] | None = None
    file: str | None = None

    @model_validator(mode="after")
    def _one_form(self) -> VolumeSection:
        given = [key for key in ("rows", "per", "file") if getattr(self, key) is not None]
        hint = "write {per: users, mean: 8} or {file: rows.parquet}"
        if len(given) != 1:
            raise Mistake(f"must have one of 'per' and 'file', not {' and '.join(given) or 'none'}", hint)
        if self.per is not None and self.mean is None:
            raise Mistake("'mean' is missing", f"write how many rows each row of {self.per} has on average")
        if self.per is None and (self.mean is not None or self.skew is not None):
            raise Mistake("'mean' and 'skew' go with 'per'", hint)
        return self


class QuerySection(Section):
    name: values.QueryName = Field(description="give the query a name such as `name: order_history`")
    weight: values.Positive | None = None
    target: values.Goal | None = None
    staleness: values.Duration | None = None
    sql: values.Statements = Field(
        description="write the statement after `sql: |`, or a list of statements: one transaction"
    )
    params: dict[str, values.Parameter] = {}
    mongo: Any = None
    timescale: Any = None


class SessionSection(Section):
    role: str | None = None
    settings: dict[str, values.Described] = {}


class LoadSection(Section):
    clients: Annotated[int, Field(ge=1, le=1000)] | None = None
    rate: values.Rate | None = None


class ServerSection(Section):
    memory: values.Memory | None = None


class LimitsSection(Section):
    storage: values.Size | None = None
    indexes_per_table: Annotated[int, Field(ge=0)] | None = None


class SearchSection(Section):
    time: values.Duration | None = None
    trials: Annotated[int, Field(ge=1)] | None = None


class WorkloadSection(Section):
    version: Literal[1] | None = None
    name: values.WorkloadName | None = None
    description: str = ""
    ddl: str = Field(
        alias="schema", description="write `schema: FILE.sql`, or the DDL itself after `schema: |`"
    )
    engines: values.Engines | None = None
    target: values.Goal | None = None
    seed: Annotated[int, Field(ge=0)] | None = None
    scale: values.Positive | None = None
    volumes: dict[str, Annotated[VolumeSection, values.as_volume]] = Field(
        description="write a number of rows for each table, such as `users: 50_000`"
    )
    data: dict[values.ColumnName, values.Described] = {}
    queries: list[QuerySection] = Field(
        min_length=1, description="write a list of queries, each with name: and sql:"
    )
    session: SessionSection = SessionSection()
    load: LoadSection = LoadSection()
    server: ServerSection = ServerSection()
    retention: dict[str, values.Duration] = {}
    designs: dict[values.DesignName, str] = {}
    limits: LimitsSection = LimitsSection()
    relax: values.Texts = []
    search: SearchSection = SearchSection()
