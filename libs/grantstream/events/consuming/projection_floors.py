"""Floors that outlast the fence: what a projection lacks because an event was set aside.

A row below the fence's floor is refused, but the fence forgets a floor after RULE_LIFETIME. A dead letter is not
applied by waiting: without a note of it, the row that it should have replaced would count as current an hour later, and
an application that was disabled would get tokens again. So the floor goes into the database before the dead letter
does, and whoever reads rows for access reads it in the same statement:

    select state, (select version from projection_floor where subject = 'app/' || app_id) as floor from ...

and calls `refuse_below_floor`. A newer event, or the one that was set aside when it is driven again, lifts the row to
its floor; nothing else does.
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
    """Notes that rows of `subject` that are older than `version` are not to be used. Never lowers a floor."""
    await QUERIES.raise_floor(connection, subject=subject, version=version)


async def drop_floor(connection: Connection, state: AggregateState) -> None:
    """Forgets a floor after `state` was taken in, if it asks for no newer one."""
    await QUERIES.drop_floor(connection, subject=state.subject, version=state.version)


@contextmanager
def where_floors_are_kept() -> Iterator[None]:
    """Passes over a database without the table: a program of others, where nobody would read it."""
    try:
        yield
    except asyncpg.UndefinedTableError:
        logger.error("the database has no table projection_floor, so what it lacks is not noted")


def refuse_below_floor(subject: str, version: int, floor: int | None) -> None:
    """Raises RowBelowFloor if a row shows a version that is older than the stored floor; None: there is none."""
    if floor is not None and version < floor:
        raise RowBelowFloor(subject)
