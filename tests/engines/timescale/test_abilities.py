"""A server's abilities are asked of it; what it lacks is left out with the reason.

No server of the apache edition can be had here, and no native one: what they would say is made up.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from optimizer.engines.timescale.abilities import Abilities
from optimizer.engines.timescale.engine import TimescaleEngine
from optimizer.engines.timescale.layout import CompressionLayout, HypertableLayout
from optimizer.engines.timescale.server import TimescaleServer, layout_of
from optimizer.model.hypertables import ContinuousAggregate, Hypertable
from tests.design.hypertables.made_up import SCHEMA, SPAN, known, rows
from tests.design.hypertables.test_proposals import HOURLY
from tests.engines.timescale.scene import STORE, hypertable
from tests.engines.timescale.test_conflicts import KEPT

NATIVE = Abilities("2.17.2", "timescale", sessions=True, workers=True)
APACHE = replace(NATIVE, edition="apache")


def test_the_embedded_server_says_what_it_is(timescale: TimescaleServer) -> None:
    assert timescale.abilities == Abilities("2.23.0-dev", "timescale", sessions=False, workers=False)
    identity = timescale.identity
    assert (identity.engine, identity.indicative) == ("timescale", True)
    assert identity.server == "TimescaleDB 2.23.0-dev on PostgreSQL 17.5"
    said = dict(identity.settings)
    assert said["timescaledb"] == "2.23.0-dev"
    assert said["timescaledb.license"] == "timescale"
    assert said["timescaledb background workers"] == "off"
    for words in ("only rank designs", "one statement at a time", "policies don't run by themselves"):
        assert any(words in note for note in identity.notes), words


def test_versions_have_their_words() -> None:
    versions = {"2.9.3": False, "2.17.2": False, "2.18.0": True, "2.23.0-dev": True, "3.0": True}
    for version, has in versions.items():
        can = replace(NATIVE, version=version)
        assert can.dialect.columnstore is has
        assert layout_of(can) is (HypertableLayout if has else CompressionLayout)


def test_a_native_server_has_nothing_to_say() -> None:
    assert list(NATIVE.notes) == []
    assert [NATIVE.lacks(one) for one in (hypertable(store=STORE), KEPT)] == ["", ""]


def test_the_apache_edition_has_hypertables_alone() -> None:
    assert APACHE.lacks(hypertable()) == ""
    assert "apache edition" in APACHE.lacks(hypertable(store=STORE))
    assert "apache edition" in APACHE.lacks(KEPT)
    assert list(APACHE.notes) == [APACHE.lacks(KEPT)]


def test_the_engine_leaves_out_what_the_server_lacks(tmp_path: Path) -> None:
    dataset = rows(tmp_path)
    workload = known(dataset, {"span": SPAN, "hourly": HOURLY}, staleness_s=60.0).workload
    engine = TimescaleEngine()
    every, _ = engine.proposals(workload, SCHEMA, dataset)
    engine.abilities = APACHE
    left, reasons = engine.proposals(workload, SCHEMA, dataset)
    gone = [one.structure for one in every if one not in left]
    assert {type(one) for one in gone} == {Hypertable, ContinuousAggregate}
    assert all(APACHE.lacks(one) for one in gone)
    assert not any(APACHE.lacks(one.structure) for one in left)
    assert {one.definition for one in gone} <= {subject for subject, _ in reasons}


def test_unknown_until_a_server_runs() -> None:
    assert TimescaleEngine().abilities is None
