"""Every projection of a service is a table that its migrations make, with the declared key."""

import re
from pathlib import Path
from typing import Any

import pytest

from grantstream.contracts.topics import Topic
from grantstream.events.consuming.projection import Projection
from services.receipts.projections import PROJECTIONS as RECEIPTS
from services.registration.projections import PROJECTIONS as REGISTRATION
from services.token.projections import PROJECTIONS as TOKEN

SERVICES: list[tuple[str, tuple[Projection[Any], ...]]] = [
    ("registration", REGISTRATION),
    ("token", TOKEN),
    ("receipts", RECEIPTS),
]
services = pytest.mark.parametrize(("name", "projections"), SERVICES, ids=[entry[0] for entry in SERVICES])


@services
def test_projection_topics_and_names_are_unique(name: str, projections: tuple[Projection[Any], ...]) -> None:
    topics: list[Topic] = [topic for projection in projections for topic in projection.topics]
    assert len(set(topics)) == len(topics) > 0
    assert len({projection.name for projection in projections}) == len(projections)
    for projection in projections:
        assert projection.event_types == {topic.name for topic in projection.topics}


@services
def test_migrations_create_each_table_with_its_declared_key(
    name: str, projections: tuple[Projection[Any], ...]
) -> None:
    folder = Path(__file__).parents[3] / "services" / name / "store" / "migrations"
    sql = "\n".join(path.read_text() for path in sorted(folder.glob("*.sql")))
    for projection in projections:
        table = re.search(rf"create table {projection.table} \((.*?)\n\);", sql, re.DOTALL)
        assert table is not None
        key = ", ".join(projection.key)
        assert f"primary key ({key})" in table[1] or f"{key} text primary key" in table[1]
