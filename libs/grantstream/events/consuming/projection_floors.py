"""Floors: the minimum version of each subject's row, stored when an event is dead-lettered.

A row below the fence's floor is refused, but the fence forgets a floor after RULE_LIFETIME. A dead letter is not
applied by waiting: without a stored floor, the outdated row would count as current an hour later, and a disabled
application would get tokens again. So the floor is stored before the dead letter is published, and code that reads rows
for access decisions reads it in the same statement:

    select state, (select version from projection_floor where subject = 'app/' || app_id) as floor from ...

and calls `refuse_below_floor`. Only a newer event, or the redriven one, raises the row to its floor.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg

from grantstream.contracts.events.state import AggregateState
from grantstream.fence import RowBelowFloor
from grantstream.postgres.pool import Connection
from grantstream.postgres.queries import load_queries

logger = logging.getLogger(__name__)

QUERIES: Final[Any] = load_queries(Path(__file__).with_name("projection_floors.sql"))


async def raise_floor(connection: Connection, subject: str, version: int) -> None:
    """Stores that rows of `subject` older than `version` must not be used. Never lowers a floor."""
    await QUERIES.raise_floor(connection, subject=subject, version=version)


async def drop_floor(connection: Connection, state: AggregateState) -> None:
    """Deletes a floor after `state` was applied, unless it requires a newer version."""
    await QUERIES.drop_floor(connection, subject=state.subject, version=state.version)


@contextmanager
def where_floors_are_kept() -> Iterator[None]:
    """Ignores a missing table: in a foreign program's database, where no code would read the floor."""
    try:
        yield
    except asyncpg.UndefinedTableError:
        logger.error("the database has no table projection_floor, so what it lacks is not noted")


def refuse_below_floor(subject: str, version: int, floor: int | None) -> None:
    """Raises RowBelowFloor if a row's version is older than the stored floor; None: there is no floor."""
    if floor is not None and version < floor:
        raise RowBelowFloor(subject)
