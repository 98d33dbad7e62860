"""A small schema for tests of databases: customers, and their orders."""

from __future__ import annotations

from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, ForeignKey, Key, Schema, Table

CUSTOMERS, ORDERS = TableName("public", "customers"), TableName("public", "orders")

_LONG = ColumnType("bigint", "int8")
_TEXT = ColumnType("text", "text")
_MONEY = ColumnType("numeric(10,2)", "numeric", precision=10, scale=2)
_JSON = ColumnType("jsonb", "jsonb")

_CUSTOMERS = Table(
    CUSTOMERS,
    (
        Column("id", _LONG, not_null=True, identity=True),
        Column("email", _TEXT, not_null=True),
        Column("note", _JSON),
    ),
    keys=(Key("customers_pkey", ("id",), primary=True), Key("customers_email_key", ("email",))),
)
_ORDERS = Table(
    ORDERS,
    (
        Column("id", _LONG, not_null=True),
        Column("customer_id", _LONG, not_null=True),
        Column("total", _MONEY),
    ),
    keys=(Key("orders_pkey", ("id",), primary=True),),
    foreign_keys=(ForeignKey("orders_customer_id_fkey", ("customer_id",), CUSTOMERS, ("id",)),),
)
SHOP = Schema((_CUSTOMERS, _ORDERS))
