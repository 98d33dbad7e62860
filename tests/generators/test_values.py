"""What single generators promise of their values."""

from __future__ import annotations

import json
import re

import numpy as np
import polars as pl
import pytest

from generators.array import Array
from generators.choices import Booleans, Choices
from generators.constant import Constant
from generators.errors import SpecError
from generators.faker_pool import FakerPool
from generators.json_document import Json
from generators.nullable import Nullable
from generators.numbers import Lognormal, Normal, Uniform, UniformInts
from generators.shape import ColumnShape, Fitted
from generators.stream import Stream
from generators.text import Text
from generators.times import Moments
from generators.unique_text import UniqueText, Words
from generators.user_function import UserFunction
from generators.uuids import Uuids
from generators.vocabulary import content_words, vocabulary
from tests.generators.extremes import greatest, least, longest

STREAM = Stream(5, "t", "c")
ROWS = 20_000


def prices(rng: np.random.Generator, rows: int, first: int) -> list[int]:
    """A generator as a user writes one."""
    return [first + row for row in range(rows)]


def too_few(rng: np.random.Generator, rows: int, first: int) -> list[int]:
    return [1, 2]


def test_share_of_nulls() -> None:
    assert abs(Nullable(UniformInts(1, 9), 0.3).draw(STREAM, 0, ROWS).null_count() / ROWS - 0.3) < 0.02


def test_weights_are_kept() -> None:
    drawn = Choices(("a", "b", "c"), (80, 20, 0)).draw(STREAM, 0, ROWS)
    assert abs((drawn == "a").to_numpy().mean() - 0.8) < 0.02
    assert not (drawn == "c").any()


def test_probability_is_kept() -> None:
    assert abs(Booleans(0.05).draw(STREAM, 0, ROWS).to_numpy().mean() - 0.05) < 0.01


def test_lognormal_has_its_median_and_digits() -> None:
    drawn = Lognormal(60, 0.8, digits=2).draw(STREAM, 0, ROWS)
    assert 57 < float(np.median(drawn.to_numpy())) < 63
    assert drawn.equals(drawn.round(2))
    assert least(drawn) >= 0


def test_normal_is_cut_off() -> None:
    drawn = Normal(0, 1, -1, 1).draw(STREAM, 0, ROWS)
    assert (least(drawn), greatest(drawn)) == (-1, 1)


def test_recent_moments_lie_near_the_end() -> None:
    drawn = Moments(0, 1000, "recent").draw(STREAM, 0, ROWS).cast(pl.Int64)
    assert 0 <= least(drawn) <= greatest(drawn) < 1000
    assert 0.31 < (drawn >= 900).to_numpy().mean() < 0.38


def test_appended_rows_have_rising_moments_and_change_later() -> None:
    created = Moments(0, 10**10, "recent", ordered=ROWS).draw(STREAM, 0, ROWS)
    changed = Moments(0, 10**10, "recent", ordered=ROWS, lag=10**6).draw(STREAM.child("x"), 0, ROWS)
    assert created.is_sorted()
    assert (changed >= created).all()


def test_uuids_are_of_version_4() -> None:
    form = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    assert all(form.fullmatch(value) for value in Uuids().draw(STREAM, 0, 500))


def test_documents_are_json() -> None:
    inner = Json((("when", Moments(0, 10**12, utc=True)), ("tags", Array(Choices(("a", 'q"é')), 0, 2))))
    document = Json(
        (("n", UniformInts(1, 9)), ("none", Constant(None)), ("list", Constant((1, 2))), ("in", inner))
    )
    for text in document.draw(STREAM, 0, 200):
        value = json.loads(text)
        assert list(value) == ["n", "none", "list", "in"]
        assert value["none"] is None
        assert value["list"] == [1, 2]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value["in"]["when"])
        assert set(value["in"]["tags"]) <= {"a", 'q"é'}


def test_words_have_natural_frequency() -> None:
    words = Text(20, 60).draw(STREAM, 0, ROWS).str.to_lowercase().str.replace_all(r"\.", "").str.split(" ")
    shares = words.list.unique().explode().value_counts().with_columns(pl.col("count") / ROWS)
    share = dict(shares.iter_rows())
    assert share["the"] > 0.7
    assert share[content_words()[0]] > 0.1
    assert share[vocabulary()[-1]] < 0.005
    assert sum(part < 0.005 for part in share.values()) > 3000


def test_texts_keep_their_length_and_end_in_a_word() -> None:
    drawn = Text(5, 40, length=80).draw(STREAM, 0, ROWS)
    known = set(vocabulary())
    assert longest(drawn) <= 80
    assert all(text.split(" ")[-1].rstrip(".").lower() in known for text in drawn[:500])


def test_texts_without_limit_are_sentences() -> None:
    for text in Text(5, 40).draw(STREAM, 0, 200):
        assert text.endswith(".")
        assert all(part[0].isupper() for part in text.split(". "))


def test_faker_pool_keeps_the_length() -> None:
    assert longest(FakerPool("company", length=14).draw(STREAM, 0, 1000)) <= 14


def test_pool_belongs_to_seed_and_locale() -> None:
    pools = [FakerPool("city", (), locale, size=20).pool(seed).to_list()
             for locale, seed in (("en_US", 1), ("en_US", 2), ("de_DE", 1), ("en_US", 1))]  # fmt: skip
    assert pools[0] == pools[3]
    assert pools[0] != pools[1]
    assert pools[0] != pools[2]


@pytest.mark.parametrize("provider", ["date_this_year", "past_date", "profile"])
def test_providers_that_look_at_the_clock_are_refused(provider: str) -> None:
    with pytest.raises(SpecError, match="depends on today's date"):
        FakerPool(provider).example()


def test_numbered_texts_stay_short_and_differ() -> None:
    pools = (Words(("christopher", "christina", "bo")), Words(("vandenberg", "vandenburg")))
    drawn = UniqueText(pools, 5000, endings=("@example.com",), length=30).draw(STREAM, 0, 5000)
    assert drawn.n_unique() == 5000
    assert longest(drawn) <= 30


def test_words_that_could_be_mistaken_for_numbered_ones_are_left_out() -> None:
    drawn = UniqueText((Words(("a", "a2", "b")),), 50).draw(STREAM, 0, 50)
    assert drawn.n_unique() == 50


def test_decimals_keep_precision_and_scale() -> None:
    shape = ColumnShape("price", "numeric", precision=5, scale=2)
    drawn = Fitted(Uniform(0, 10_000), shape).draw(STREAM, 0, 1000)
    assert drawn.dtype == pl.Decimal(5, 2)
    assert greatest(drawn) == 999.99


def test_limits_of_the_column_hold() -> None:
    drawn = Fitted(UniformInts(-50, 50), ColumnShape("n", "int2", low=0, high=9)).draw(STREAM, 0, 1000)
    assert drawn.dtype == pl.Int16
    assert (least(drawn), greatest(drawn)) == (0, 9)


def test_user_function_is_called_for_its_rows() -> None:
    drawn = UserFunction(f"{__name__}:prices").draw(STREAM, 16_380, 10)
    assert drawn.to_list() == list(range(16_380, 16_390))


def test_user_function_must_give_all_rows() -> None:
    with pytest.raises(SpecError, match="gave 2 values where 16384 were asked for"):
        UserFunction(f"{__name__}:too_few").draw(STREAM, 0, 10)
