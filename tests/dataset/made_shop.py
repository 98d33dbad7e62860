"""A small shop's dataset, made by hand: 3,000 orders, one user far busier than the others."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.errors import Position
from optimizer.model.names import TableName
from optimizer.model.query import ParameterSpec, Query, SourceText, Target
from optimizer.model.workload import SessionSettings, Workload

START = datetime(2025, 1, 1, tzinfo=UTC)
USERS, PRODUCTS, ORDERS = 200, 100, 3_000
HOT_USER = 7
NO_SETTINGS = SessionSettings()


def frames() -> dict[str, pl.DataFrame]:
    rng = np.random.default_rng(1)
    users = np.where(rng.random(ORDERS) < 0.3, HOT_USER, rng.integers(1, USERS + 1, ORDERS))
    pairs = sorted({(int(p), int(u)) for p, u in zip(rng.integers(1, 101, 900), users[:900], strict=True)})
    return {
        "users": pl.DataFrame(
            {
                "id": range(1, USERS + 1),
                "email": [f"User{n}@example.com" for n in range(1, USERS + 1)],
                "name": [f"Name {n}" for n in range(1, USERS + 1)],
                "country": [None if n % 10 == 0 else ("FR", "ES", "DE")[n % 3] for n in range(USERS)],
                "is_active": [n % 5 > 0 for n in range(USERS)],
                "createdAt": [START + timedelta(hours=n) for n in range(USERS)],
                "referrer_id": [None] * USERS,
            },
            schema_overrides={"referrer_id": pl.Int64},
        ),
        "products": pl.DataFrame(
            {
                "id": range(1, PRODUCTS + 1),
                "name": [f"{('red', 'blue')[n % 2]} lamp{n}" for n in range(PRODUCTS)],
                "description": [None if n % 2 else "bright" for n in range(PRODUCTS)],
                "price": [Decimal(n) for n in range(PRODUCTS)],
                "stock": range(PRODUCTS),
                "tags": [["new"] if n % 4 else ["new", f"tag{n}"] for n in range(PRODUCTS)],
                "data": [
                    json.dumps({"kind": ("book", "lamp")[n % 2], "maker": {"name": f"M{n % 7}"}, "weight": n})
                    for n in range(PRODUCTS)
                ],
            }
        ),
        "orders": pl.DataFrame(
            {
                "id": range(1, ORDERS + 1),
                "user_id": users,
                "status": [("done", "open")[n % 10 == 0] for n in range(ORDERS)],
                "total": [Decimal(n % 500) for n in range(ORDERS)],
                "created_at": [START + timedelta(minutes=n) for n in range(ORDERS)],
                "paid_at": [None if n % 10 == 0 else START + timedelta(minutes=n + 5) for n in range(ORDERS)],
            }
        ),
        "reviews": pl.DataFrame(
            {
                "id": [f"00000000-0000-4000-8000-{n:012d}" for n in range(len(pairs))],
                "product_id": [pair[0] for pair in pairs],
                "user_id": [pair[1] for pair in pairs],
                "rating": [n % 5 + 1 for n in range(len(pairs))],
                "body": [f"fine thing number {n}" for n in range(len(pairs))],
                "created_at": [datetime(2025, 3, 1) + timedelta(hours=n) for n in range(len(pairs))],
            }
        ),
        "bookings": pl.DataFrame(
            {
                "id": range(50),
                "room": [n % 5 for n in range(50)],
                "during": [
                    f'["2025-01-{n % 28 + 1:02d} 10:00:00","2025-01-{n % 28 + 1:02d} 12:00:00")'
                    for n in range(50)
                ],
            }
        ),
        "places": pl.DataFrame(
            {
                "id": range(50),
                "name": ["x"] * 50,
                "position": [f"({n / 10},{40 + n / 10})" for n in range(50)],
            }
        ),
    }


def write(folder: Path, rows_per_file: int = 1_000) -> Dataset:
    """The dataset in Parquet files of a folder."""
    tables = []
    for name, frame in frames().items():
        pieces = list(frame.iter_slices(rows_per_file))
        files = tuple(folder / f"{name}-{rows_per_file}-{n}.parquet" for n in range(len(pieces)))
        for piece, file in zip(pieces, files, strict=True):
            piece.write_parquet(file)
        tables.append(TableRows(TableName("public", name), frame.height, tuple(frame.columns), files))
    return Dataset("made", tuple(tables))


def query(*statements: str, **params: ParameterSpec) -> Query:
    texts = tuple(SourceText(statement, "shop.yaml") for statement in statements)
    return Query("q", 1.0, Target(), texts, params)


def workload(*queries: Query, settings: SessionSettings = NO_SETTINGS) -> Workload:
    """A workload of these queries, with a session."""
    return Workload("shop", Path("shop.yaml"), SourceText("", "shop.sql"), queries, (), "", session=settings)


PLACE = Position("shop.yaml", 4, 5)
