"""The table `dead_letter` in a group's own database: which records the group could not take, and which it took since.

A row decides two things. A rebuild leaves its record out, until the group has taken it. And while it is open, rows of
its subject below its version are not used: a dead letter is not applied by waiting, so without this floor a disabled
application would get tokens again once the fence has forgotten the change (RULE_LIFETIME). Code that reads rows for
access decisions reads the floor in the same statement (`Projection.find`). A newer event, or the redriven one, lifts
the row above the floor. An operator can dismiss a letter whose record will never be good: that ends its floor.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import asyncpg

from grantstream.contracts.topics import TOPICS
from grantstream.events.consuming.judging import Rejected
from grantstream.postgres.pool import Connection
from grantstream.postgres.queries import load_queries

QUERIES: Final[Any] = load_queries(Path(__file__).with_name("rows.sql"))

NOT_KEPT: Final = (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError)
"""A database without this table, or without rights on it: of a program outside the platform."""

Place = tuple[str, int, int, int]
"""Topic, partition, offset and append time of a record: a topic that was created anew counts from 0 again."""

_SUBJECT: Final = "ce_subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One record that one group could not take.

    `topic`, `partition`, `offset`: where it stands. `appended_at_ms`: when the broker appended it, in milliseconds
    since 1970. `subject`, `version`: rows of this subject below this version lack it; None: no row is known to.
    """

    group_id: str
    topic: str
    partition: int
    offset: int
    appended_at_ms: int
    reason: str
    subject: str | None = None
    version: int | None = None
    noted_at: datetime | None = None
    redriven_at: datetime | None = None
    dismissed_at: datetime | None = None
    dismissed_because: str | None = None

    @property
    def place(self) -> str:
        """Its name in commands: the group and the record."""
        return f"{self.group_id}:{self.topic}/{self.partition}@{self.offset}"


def dead_letter_of(rejected: Rejected, group_id: str, floor_of: Callable[[str], int]) -> DeadLetter:
    """The dead letter of a rejected record. `floor_of`: the newest version of a subject that the fence knows.

    The content of a record that the guard refused is not believed. But the fence's version of the subject that it
    names is true, and may be the version that the record would have brought.
    """
    record, state = rejected.record, rejected.state
    subject = _subject(record) if state is None else state.subject
    version = 0 if subject is None else max(floor_of(subject), 0 if state is None else state.version)
    topic = TOPICS.get(record.topic)
    has_floor = version and (state is not None or (topic is not None and topic.cleanup == "compact"))
    return DeadLetter(
        group_id=group_id,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        appended_at_ms=record.timestamp,
        reason=rejected.reason,
        subject=subject if has_floor else None,
        version=version if has_floor else None,
    )


async def note_dead_letters(connection: Connection, group_id: str, letters: Sequence[DeadLetter]) -> None:
    """Stores dead letters of one group, each as an open one."""
    await QUERIES.note_dead_letters(
        connection,
        group_id=group_id,
        topics=[letter.topic for letter in letters],
        partitions=[letter.partition for letter in letters],
        offsets=[letter.offset for letter in letters],
        appended_at_ms=[letter.appended_at_ms for letter in letters],
        reasons=[letter.reason for letter in letters],
        subjects=[letter.subject for letter in letters],
        versions=[letter.version for letter in letters],
    )


async def read_dead_letters(
    connection: Connection, group_id: str | None = None, *, also_ended: bool = False
) -> list[DeadLetter]:
    """The open dead letters of a group, or of all groups of the database, oldest first."""
    rows = await QUERIES.read_dead_letters(connection, group_id=group_id, also_ended=also_ended)
    return [_letter(row) for row in rows]


async def read_left_out(connection: Connection, group_id: str) -> frozenset[Place]:
    """The records that the group never took, so that its rebuilds leave them out."""
    return frozenset(tuple(row) for row in await QUERIES.read_left_out(connection, group_id=group_id))


async def close_dead_letter(connection: Connection, letter: DeadLetter, *, applied: int | None) -> bool:
    """Stores, in the transaction that applied it, that the group has taken it after all. Returns whether it did.

    `applied`: the version of the applied state; None: there was none. A letter whose floor is above stays open.
    """
    return bool(await QUERIES.close_dead_letter(connection, **_key(letter), applied=applied))


async def dismiss_dead_letter(connection: Connection, letter: DeadLetter, *, because: str) -> None:
    """Stores that it will never be taken, and why; it decides no longer which rows are too old."""
    await QUERIES.dismiss_dead_letter(connection, **_key(letter), because=because)


def _key(letter: DeadLetter) -> dict[str, Any]:
    return {
        "group_id": letter.group_id,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "appended_at_ms": letter.appended_at_ms,
    }


def _letter(row: Any) -> DeadLetter:
    columns = dict(row)
    return DeadLetter(offset=columns.pop("record_offset"), **columns)


def _subject(record: Any) -> str | None:
    subject = next((value for name, value in record.headers if name == _SUBJECT and value is not None), None)
    try:
        return None if subject is None else subject.decode()
    except UnicodeDecodeError:
        return None
