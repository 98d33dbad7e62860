from __future__ import annotations

import pytest

from optimizer.engines.providers.mongo.address import parse
from optimizer.errors import EngineUnavailable

SECRET = "geheim/5f1c"
ENCODED = "geheim%2F5f1c"


@pytest.mark.parametrize(
    ("dsn", "shown"),
    [
        (f"mongodb://me:{ENCODED}@h:27018/shop?authSource=admin", "h:27018 as me"),
        (f"mongodb://m%40x:{ENCODED}@a,b:1/?replicaSet=rs", "a,b:1 as m@x"),
        (f"mongodb+srv://me:{ENCODED}@cluster.example.com", "cluster.example.com as me"),
        ("mongodb://localhost", "localhost"),
        ("mongodb://%2Ftmp%2Fmongodb-27017.sock", "%2Ftmp%2Fmongodb-27017.sock"),
    ],
)
def test_hosts_and_user_are_shown_and_nothing_else(dsn: str, shown: str) -> None:
    assert str(parse(dsn)) == shown
    assert ENCODED not in repr(parse(dsn))


@pytest.mark.parametrize(
    "dsn",
    [
        f"mongodb://me:{SECRET}@h/shop",
        "mongodb://me:pa@x/5f1c@h/shop",
        f"mongodb+srv://me:{SECRET}@h/shop",
        "mongodb+srv://me:pa@x/5f1c@h/shop",
        f"mongod://me:{ENCODED}@h/",
        f"postgresql://me:{ENCODED}@h/",
        "mongodb://",
        "mongodb://me@/",
        "mongodb://h:port/",
        "",
    ],
)
def test_what_cannot_be_read_is_not_quoted(dsn: str) -> None:
    with pytest.raises(EngineUnavailable, match=r"can't be read\nwrite --dsn mongo=mongodb://") as caught:
        parse(dsn)
    assert "5f1c" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_secret_is_blotted_out_in_both_spellings() -> None:
    address = parse(f"mongodb://me:{ENCODED}@h/?tlsCertificateKeyFilePassword=key-9")
    assert address.masked(f"{SECRET} {ENCODED} key-9 h") == "*** *** *** h"
