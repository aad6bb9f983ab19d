"""Every event that a service projects belongs to one table that can be made anew, as its migrations have it."""

import re
from pathlib import Path
from typing import Any

import pytest

import services.receipts.entrypoints.consumer as receipts_consumer
import services.receipts.entrypoints.projections as receipts_projections
import services.registration.entrypoints.consumer as registration_consumer
import services.registration.entrypoints.projections as registration_projections
import services.token.entrypoints.consumer as token_consumer
import services.token.entrypoints.projections as token_projections

SERVICES: list[tuple[str, Any, Any]] = [
    ("registration", registration_consumer, registration_projections),
    ("token", token_consumer, token_projections),
    ("receipts", receipts_consumer, receipts_projections),
]
services = pytest.mark.parametrize(("name", "consumer", "declared"), SERVICES, ids=[entry[0] for entry in SERVICES])


@services
def test_each_handled_type_belongs_to_exactly_one_projection(name: str, consumer: Any, declared: Any) -> None:
    types = [event_type for projection in declared.PROJECTIONS for event_type in projection.event_types]
    assert sorted(types) == sorted(consumer.HANDLERS)


@services
def test_each_projection_is_of_the_services_own_group(name: str, consumer: Any, declared: Any) -> None:
    assert {projection.group_id for projection in declared.PROJECTIONS} == {consumer.GROUP_ID}
    assert len({projection.name for projection in declared.PROJECTIONS}) == len(declared.PROJECTIONS)


@services
def test_each_table_is_one_of_the_migrations_with_the_declared_key(name: str, consumer: Any, declared: Any) -> None:
    folder = Path(__file__).parents[3] / "services" / name / "store" / "migrations"
    sql = "\n".join(path.read_text() for path in sorted(folder.glob("*.sql")))
    for projection in declared.PROJECTIONS:
        found = re.search(rf"create table {projection.table} \((.*?)\n\);", sql, re.DOTALL)
        assert found is not None
        key = ", ".join(projection.key)
        assert f"primary key ({key})" in found[1] or f"{key} text primary key" in found[1]
