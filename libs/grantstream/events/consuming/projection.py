"""A projection: the newest state of each aggregate that some topics carry, in a table of the consumer's own.

    USERS = Projection(
        name="users",
        table="known_user",
        key=("user_id",),
        topics=(USER_REGISTERED, USER_MODIFIED),
        subject=subjects.user,
        row=lambda user: {"user_id": user.user_id, "company_id": user.company_id, "active": user.active},
    )

A consumer uses this declaration as a handler (`handlers_of`), and `rebuild` fills a new table by it. The table has the
columns of `row` and two more: `version bigint not null` and `content_sha256 bytea not null`. A row of the same or a
newer version stays, so duplicates, events out of order and whole replays change nothing. A state that differs from
the row of its version is a contradiction, also if a newer state is in its batch.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.contracts.events.state import AggregateState
from grantstream.contracts.topics import Topic
from grantstream.events.errors import ContradictoryEvent
from grantstream.fence import RowBelowFloor
from grantstream.postgres.pool import Connection

StateT = TypeVar("StateT", bound=AggregateState)
Row = Mapping[str, Any]
Key = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Projection(Generic[StateT]):
    """One table that a consumer group maintains. `name`: its name in commands; `key`: the columns of the row's key.

    `subject(*key)`: the subject of its events.

    `row(state)` returns the columns except `version` and `content_sha256`: JSON values, times and bytes. A JSON column
    may be an `orjson.Fragment`. The table is looked up by the connection's search path.
    """

    name: str
    table: str
    key: tuple[str, ...]
    topics: tuple[Topic, ...]
    subject: Callable[..., str]
    row: Callable[[StateT], Row]

    @property
    def event_types(self) -> frozenset[str]:
        """The types of the events that carry its states."""
        return frozenset(name for name, kind in EVENT_TYPES.items() if kind.topic in self.topics)

    async def __call__(self, connection: Connection, data: Any, _envelope: object = None) -> None:
        """Applies one event, as any handler does. Raises ContradictoryEvent."""
        await self.take(connection, [data])

    async def take(self, connection: Connection, states: Sequence[StateT], *, table: str | None = None) -> None:
        """Writes states in the transaction of an asyncpg `connection`, all in one statement. Raises ContradictoryEvent.

        `table`: another table with the same columns. A contradiction may be detected after rows were written.
        """
        newest: dict[Key, tuple[Row, AggregateState]] = {}
        older: list[tuple[Row, AggregateState]] = []
        for entry in ((self.full_row(state), state) for state in states):
            key = self.key_of(entry[0])
            known = newest.setdefault(key, entry)
            if known[1].version < entry[1].version:
                newest[key] = entry
                older.append(known)
            elif known is not entry:
                _judge(known[0], entry)
                older.append(entry)
        table = table or self.table
        # First, because the newest states replace the rows that older ones may contradict.
        await self._judge_all(connection, table, older)
        rows = [row for row, _ in newest.values()]
        written = await connection.fetch(self._upsert(table, rows[0]), _json_of(rows))
        if len(written) < len(newest):
            for row in written:
                del newest[self.key_of(row)]
            await self._judge_all(connection, table, list(newest.values()))

    async def find(self, connection: Connection, *key: str) -> "ProjectedRow | None":
        """The row with this key. Raises RowBelowFloor while it lacks a dead-lettered event (`dead/rows.py`)."""
        subject = self.subject(*key)
        places = ", ".join(f"${number}" for number in range(2, len(key) + 2))
        row = await connection.fetchrow(
            f"""select *, (
                    select max(letter.version) from dead_letter letter
                    where letter.subject = $1 and letter.redriven_at is null and letter.dismissed_at is null
                ) as floor
                from {self.table} where ({names(self.key)}) = ({places})""",  # noqa: S608 - names from code, quoted
            subject,
            *key,
        )
        if row is None:
            return None
        columns = ProjectedRow(row)
        floor = columns.pop("floor")
        if floor is not None and columns.version < floor:
            raise RowBelowFloor(subject)
        return columns

    def full_row(self, state: StateT) -> Row:
        """The whole row of a state. Raises TypeError for an event that is no state of an aggregate."""
        if not isinstance(state, AggregateState):
            raise TypeError(f"{type(state).__name__} is no state that {self.name} could keep")
        return {**self.row(state), "version": state.version, "content_sha256": content_sha256(state)}

    def key_of(self, row: Row) -> Key:
        """The key of a row."""
        return tuple(str(row[column]) for column in self.key)

    def _upsert(self, table: str, row: Row) -> str:
        columns = names(row)
        source = f"select {columns} from jsonb_populate_recordset(null::{table}, $1::text::jsonb)"  # noqa: S608
        return f"{upsert(table, list(row), self.key, source)} returning {names(self.key)}"

    async def _judge_all(
        self, connection: Connection, table: str, entries: Sequence[tuple[Row, AggregateState]]
    ) -> None:
        """Raises ContradictoryEvent if the table has one of these versions with other content."""
        if not entries:
            return
        columns, key = names(("version", "content_sha256", *self.key)), names(self.key)
        stored = await connection.fetch(
            f"""select {columns} from {table}
                where ({key}) in (select {key} from jsonb_populate_recordset(null::{table}, $1::text::jsonb))""",  # noqa: S608
            _json_of([{column: row[column] for column in self.key} for row, _ in entries]),
        )
        by_key = {self.key_of(row): row for row in stored}
        for entry in entries:
            if (row := by_key.get(self.key_of(entry[0]))) is not None:
                _judge(row, entry)


class ProjectedRow(dict[str, Any]):
    """A stored row, by column."""

    @property
    def version(self) -> int:
        """The aggregate's version."""
        return int(self["version"])


def handlers_of(projections: Iterable[Projection[Any]]) -> dict[str, Projection[Any]]:
    """Each projection as the handler of its events, by event type."""
    return {name: projection for projection in projections for name in sorted(projection.event_types)}


def topics_of(projections: Iterable[Projection[Any]]) -> tuple[Topic, ...]:
    """All topics of projections."""
    return tuple({topic.name: topic for projection in projections for topic in projection.topics}.values())


def content_sha256(state: AggregateState) -> bytes:
    """A digest of the whole state, independent of its event's type.

    Five event types carry an application's state, and the owner may append any state again. Fields with their default
    value are left out, so a new field in the contract changes no stored digest. Fields that describe only the change,
    such as its actor, are left out, too.
    """
    content = state.model_dump(mode="json", exclude_defaults=True, exclude=set(state.change_fields))
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def upsert(table: str, columns: Sequence[str], key: Sequence[str], source: str, *, newer_only: bool = True) -> str:
    """The statement that upserts rows from a query `source` whose columns are `columns`, in this order."""
    changes = ", ".join(f"{quoted(column)} = excluded.{quoted(column)}" for column in columns)
    condition = " where kept.version < excluded.version" if newer_only else ""
    return f"""
        insert into {table} as kept ({names(columns)}) {source}
        on conflict ({names(key)}) do update set {changes}{condition}
    """


def names(columns: Iterable[str], table: str = "") -> str:
    """Columns for a statement, of `table` if one is given."""
    return ", ".join((f"{table}." if table else "") + quoted(column) for column in columns)


def quoted(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def _judge(known: Row, entry: tuple[Row, AggregateState]) -> None:
    row, state = entry
    if known["version"] == row["version"] and known["content_sha256"] != row["content_sha256"]:
        raise ContradictoryEvent(state.subject, state.version)


def _json_of(rows: Sequence[Row]) -> str:
    # One parameter for columns of any type: PostgreSQL converts each to the table's type.
    return orjson.dumps(rows, default=_hexadecimal).decode()


def _hexadecimal(value: object) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"a row has a {type(value).__name__}, which JSON can't carry")
