"""Tables that are only appended to as time series."""

from __future__ import annotations

from optimizer.model.documents import TimeSeries
from tests.design.documents.made_up import proposed, reasons

READ = (
    "SELECT r.value FROM readings r WHERE r.sensor = :sensor AND r.at >= :from AND r.at < :to ORDER BY r.at"
)
ADD = "INSERT INTO readings (sensor, value, at) VALUES (:sensor, :value, :at)"
SENT = "SELECT m.id FROM moves m WHERE m.from_id = :user AND m.at > :since"


def test_a_table_without_keys_is_a_series_by_what_is_compared() -> None:
    found, _ = proposed({"read": READ, "add": ADD})
    [one] = [one for one in found if isinstance(one.structure, TimeSeries)]
    assert (one.structure.time, one.structure.meta) == ("at", ("sensor",))
    assert one.queries == ("read",)


def test_a_table_that_changes_is_none() -> None:
    found, left = proposed(
        {"read": READ, "add": ADD, "fix": "UPDATE readings SET value = 0 WHERE sensor = 1"}
    )
    assert (found, left) == ((), ())


def test_keys_are_given_up_by_the_user_alone() -> None:
    assert "it can't keep moves_pkey" in reasons({"sent": SENT})["moves as a time series"]
    found, _ = proposed({"sent": SENT}, relax=["moves_pkey"])
    [series] = [one.structure for one in found if isinstance(one.structure, TimeSeries)]
    assert series.meta == ("from_id", "to_id")


def test_a_parent_that_must_exist_is_looked_for_in_a_transaction() -> None:
    add = "INSERT INTO moves (id, from_id, to_id, at) VALUES (:id, :from, :to, :at)"
    why = reasons({"sent": SENT, "add": add}, relax=["moves_pkey"])["moves as a time series"]
    assert "moves_from_id_fkey, moves_to_id_fkey" in why


def test_a_series_is_in_no_transaction() -> None:
    why = reasons({"read": READ, "both": [ADD, "UPDATE users SET level = 1 WHERE id = :id"]})
    assert why["readings as a time series"].startswith("both writes it in a transaction")


def test_a_table_that_others_refer_to_is_none() -> None:
    sql = "SELECT o.id FROM orders o WHERE o.at >= :from AND o.at < :to ORDER BY o.at"
    assert "items refers to it" in reasons({"one": sql}, relax=["orders_pkey"])["orders as a time series"]
