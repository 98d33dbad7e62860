"""What holds of every generator: the same bytes however it is drawn, and its column's type."""

from __future__ import annotations

import datetime as dt
import pickle
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.array import Array
from generators.characters import Characters, Codes
from generators.choices import Booleans, Choices
from generators.constant import Constant, Sequence
from generators.distinct import Distinct
from generators.faker_pool import FakerPool
from generators.generator import Generator
from generators.json_document import Json
from generators.network import Ips, Macs
from generators.nullable import Nullable
from generators.numbers import DistinctInts, Lognormal, Normal, Uniform, UniformInts
from generators.octets import Octets
from generators.point import Points
from generators.ranges import Ranges
from generators.references import PerParent, Pick
from generators.stream import BLOCK_ROWS, Stream
from generators.template import Template
from generators.text import Text
from generators.times import Dates, DistinctDates, DistinctMoments, Intervals, Moments, Times
from generators.unique_text import UniqueText, Words
from generators.uuids import Uuids
from generators.zipf import Zipf

ROWS = 2 * BLOCK_ROWS + 100
MOMENTS = Moments(0, 10**12, "recent")

GENERATORS: dict[str, Generator] = {
    "constant": Constant("x"),
    "null": Constant(None),
    "sequence": Sequence(5, 2),
    "uniform ints": UniformInts(1, 9),
    "distinct ints": DistinctInts(1, ROWS),
    "uniform": Uniform(0, 1),
    "normal": Normal(0, 1),
    "lognormal": Lognormal(60, 0.8, digits=2),
    "zipf": Zipf(1, 1000),
    "choices": Choices(("a", "b"), (3.0, 1.0)),
    "booleans": Booleans(0.2),
    "distinct": Distinct((1, 2, 3)),
    "moments": MOMENTS,
    "arrivals": Moments(0, 10**12, "recent", True, ordered=ROWS),
    "changes": Moments(0, 10**12, "recent", True, ordered=ROWS, lag=1000),
    "distinct moments": DistinctMoments(0, 10**9),
    "dates": Dates(MOMENTS),
    "distinct dates": DistinctDates(dt.date(1900, 1, 1), dt.date(2020, 1, 1)),
    "times": Times(),
    "intervals": Intervals(60, 3600),
    "faker": FakerPool("city", skew="zipf", size=50),
    "unique text": UniqueText((Words(("ann", "bob")), Words(("lee", "poe"))), ROWS, endings=("@a", "@b")),
    "template": Template("ORD-{n:09d}-{w}", ROWS, (("w", Choices(("x", "y"))),)),
    "characters": Characters(8, prefix="#"),
    "codes": Codes(6),
    "uuids": Uuids(),
    "nullable": Nullable(UniformInts(1, 9), 0.3),
    "json": Json((("a", UniformInts(1, 9)), ("b", Json((("c", MOMENTS),))))),
    "array": Array(Choices(("x", "y", "z")), 0, 3),
    "text": Text(3, 12),
    "points": Points(),
    "ranges": Ranges(MOMENTS, UniformInts(1, 9)),
    "ips": Ips(),
    "macs": Macs(),
    "octets": Octets(),
    "per parent": PerParent.of_rows(500, ROWS, "zipf"),
    "pick": Pick(500, "zipf"),
}

UNIQUE = (
    "sequence",
    "distinct ints",
    "distinct moments",
    "distinct dates",
    "unique text",
    "template",
    "codes",
    "uuids",
    "ips",
    "macs",
)


@pytest.mark.parametrize("name", GENERATORS)
def test_chunks_do_not_matter(name: str) -> None:
    stream = Stream(7, "t", "c")
    whole = GENERATORS[name].draw(stream, 0, ROWS)
    edges = [0, 1, 1000, BLOCK_ROWS, BLOCK_ROWS + 1, 2 * BLOCK_ROWS + 1, ROWS]
    parts = [GENERATORS[name].draw(stream, a, b - a) for a, b in pairwise(edges)]
    assert len(whole) == ROWS
    assert pl.concat(parts).equals(whole, null_equal=True)
    assert {part.dtype for part in parts} == {whole.dtype}


@pytest.mark.parametrize("name", ["json", "array", "nullable", "faker", "moments", "unique text"])
@settings(max_examples=15, deadline=None)
@given(first=st.integers(0, ROWS - 1), rows=st.integers(1, 500))
def test_any_slice_is_a_slice_of_the_whole(name: str, first: int, rows: int) -> None:
    stream = Stream(7, "t", "c")
    start = max(0, first - 3)
    around = GENERATORS[name].draw(stream, start, rows + 5)
    part = GENERATORS[name].draw(stream, first, rows)
    assert part.equals(around.slice(first - start, rows), null_equal=True)


@pytest.mark.parametrize("name", GENERATORS)
def test_goes_to_another_process_unchanged(name: str) -> None:
    copy = pickle.loads(pickle.dumps(GENERATORS[name]))
    assert copy == GENERATORS[name]
    assert copy.draw(Stream(1, "t", "c"), 5, 10).equals(GENERATORS[name].draw(Stream(1, "t", "c"), 5, 10))


@pytest.mark.parametrize("name", [n for n in GENERATORS if n not in ("constant", "null", "sequence")])
def test_seed_and_column_matter(name: str) -> None:
    drawn = [
        GENERATORS[name].draw(Stream(*key), 0, 300) for key in ((1, "t", "c"), (2, "t", "c"), (1, "t", "d"))
    ]
    assert not drawn[0].equals(drawn[1])
    assert not drawn[0].equals(drawn[2])


@pytest.mark.parametrize("name", UNIQUE)
def test_unique_values_differ(name: str) -> None:
    assert GENERATORS[name].draw(Stream(3, "t", "c"), 0, ROWS).n_unique() == ROWS


@pytest.mark.parametrize("name", UNIQUE)
def test_rows_beyond_the_table_get_new_values(name: str) -> None:
    assert GENERATORS[name].draw(Stream(3, "t", "c"), 0, ROWS + 500).n_unique() == ROWS + 500


def test_the_bytes_of_a_stream_are_fixed() -> None:
    assert UniformInts(0, 999).draw(Stream(42, "users", "id"), 0, 5).to_list() == [964, 925, 462, 769, 694]
