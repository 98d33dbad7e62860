"""Columns of a parent copied into its children."""

from __future__ import annotations

from dataclasses import replace

from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.names import TableName
from optimizer.model.schema import ForeignKey, Schema
from optimizer.model.workload import SessionSettings
from tests.design.documents.made_up import SCHEMA, labels, proposed, reasons

NAME = "SELECT o.id, u.name FROM orders o JOIN users u ON u.id = o.user_id WHERE o.status = :status"
CITY = "SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id WHERE u.city = :city ORDER BY o.at, o.id"
BIO = "SELECT o.id, u.bio FROM orders o JOIN users u ON u.id = o.user_id WHERE o.status = :status"
RENAME = "UPDATE users SET name = :name WHERE id = :id"


def test_what_is_read_and_what_is_filtered_by() -> None:
    copies = [label for label in labels({"name": NAME, "city": CITY}) if label.startswith("copy users")]
    assert copies == ["copy users to orders by orders_user_id_fkey: name, city"]


def test_a_set_by_itself_where_it_spares_a_write() -> None:
    found, _ = proposed({"name": NAME, "city": CITY, "rename": RENAME})
    copies = {s.columns: one for one in found if isinstance(s := one.structure, ExtendedReference)}
    assert set(copies) == {("name", "city"), ("city",)}
    assert copies["name", "city"].because == "read with orders in name, city; copies rewritten by rename"
    assert copies["city",].queries == ("city",)


def test_long_texts_are_left_out() -> None:
    assert not any(label.startswith("copy") for label in labels({"bio": BIO}))
    assert "bio may be too long" in reasons({"bio": BIO})["bio of users copied to orders"]


def test_many_columns_are_left_out() -> None:
    sql = "SELECT u.name, u.city, u.bio, u.photo, u.level FROM orders o JOIN users u ON u.id = o.user_id"
    [why] = [why for subject, why in reasons({"all": sql}).items() if "copied" in subject]
    assert why.startswith("5 columns are read, and 4 are copied at most")


def test_a_join_for_the_key_alone_asks_for_no_copy() -> None:
    sql = "SELECT o.id, u.id FROM orders o JOIN users u ON u.id = o.user_id WHERE o.status = :status"
    assert labels({"key": sql}) == []


def test_a_parent_without_children_is_kept_by_no_copy() -> None:
    sql = "SELECT u.name, o.at FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.id = :id"
    assert not any(label.startswith("copy") for label in labels({"left": sql}))


def test_the_field_is_named_after_the_key() -> None:
    found, _ = proposed({"name": NAME})
    assert [one.structure.field for one in found if isinstance(one.structure, ExtendedReference)] == ["user"]


def test_row_level_security_goes_with_the_copy() -> None:
    users, orders = (
        SCHEMA.by_name[TableName("public", "users")],
        SCHEMA.by_name[TableName("public", "orders")],
    )
    tenants = replace(users, name=TableName("public", "tenants"))
    key = ForeignKey("users_level_fkey", ("level",), tenants.name, ("id",))
    secured = replace(users, foreign_keys=(key,), row_security=True)
    schema = Schema((tenants, secured, orders))
    session = SessionSettings(settings=(("app.tenant", {"column": "tenants.id"}),))
    found, _ = proposed({"name": NAME}, schema=schema, session=session)
    [columns] = [s.columns for one in found if isinstance(s := one.structure, ExtendedReference)]
    assert columns == ("name", "level")
