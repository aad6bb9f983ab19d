"""Takes events into the new table, many in one statement; the newest version of a row wins, and the first of equals."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import orjson

from grantstream.events.consuming.faults import code_of, is_poison
from grantstream.events.consuming.judging import Accepted
from grantstream.events.errors import ContradictoryEvent, RebuildRefused
from grantstream.events.replay.declared_projection import Projection
from grantstream.events.replay.rebuild_table import NewTable

_INCOMING: Final = "pg_temp.incoming"
_JSONB_VERSION: Final = b"\x01"


class RowLoader:
    """Writes the rows of one projection. `unstorable` counts events that no table takes, by the reason."""

    def __init__(self, connection: Any, new: NewTable, projection: Projection) -> None:
        self._connection = connection
        self._new = new
        self._projection = projection
        self.unstorable: Counter[str] = Counter()

    @classmethod
    async def open(cls, connection: Any, new: NewTable, projection: Projection) -> Self:
        """Prepares asyncpg's `connection`, which must not have been used for other tables of this kind."""
        if lacking := {"version", "content_sha256", *projection.key} - set(new.columns):
            raise RebuildRefused(f"{projection.table} has no column {', '.join(sorted(lacking))}")
        await connection.execute(f"create temp table incoming (like {new.full_name}) on commit delete rows")
        for kind, prefix in (("json", b""), ("jsonb", _JSONB_VERSION)):
            await connection.set_type_codec(
                kind, schema="pg_catalog", format="binary", encoder=_to_json(prefix), decoder=bytes
            )
        return cls(connection, new, projection)

    async def load(self, events: Sequence[Accepted]) -> None:
        """Takes in a batch. Raises RebuildRefused if the projection's rows are not what its table holds."""
        rows = self._newest(events)
        if not rows:
            return
        try:
            await self._write(rows)
        except Exception as error:
            if not is_poison(error):
                raise
            for row in rows:
                await self._write_alone(row)

    def _newest(self, events: Sequence[Accepted]) -> list[Mapping[str, Any]]:
        """One row of each key, so that one statement may write them all."""
        newest: dict[tuple[Any, ...], Mapping[str, Any]] = {}
        for event in events:
            row = self._projection.row_of(event.data)
            key = tuple(row[column] for column in self._projection.key)
            known = newest.setdefault(key, row)
            if known["version"] < row["version"]:
                newest[key] = row
            elif known["version"] == row["version"] and known["content_sha256"] != row["content_sha256"]:
                self.unstorable[ContradictoryEvent.code] += 1
        return list(newest.values())

    async def _write_alone(self, row: Mapping[str, Any]) -> None:
        try:
            await self._write([row])
        except Exception as error:
            if not is_poison(error):
                raise
            self.unstorable[code_of(error)] += 1

    async def _write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        columns = self._new.columns
        if set(rows[0]) != set(columns):
            raise RebuildRefused(f"the columns of {self._new.live_name} are not those of {self._projection.name}")
        async with self._connection.transaction():
            await self._connection.copy_records_to_table(
                "incoming", schema_name="pg_temp", columns=columns, records=[[row[c] for c in columns] for row in rows]
            )
            source = f"select {names(columns)} from {_INCOMING}"  # noqa: S608 - names of the catalogue, quoted
            await self._connection.execute(upsert(self._new, self._projection.key, source))
            self.unstorable[ContradictoryEvent.code] += await self._connection.fetchval(self._contradicting())

    def _contradicting(self) -> str:
        return f"""
            select count(*) from {_INCOMING} i join {self._new.full_name} n using ({names(self._projection.key)})
            where n.version = i.version and n.content_sha256 <> i.content_sha256
        """  # noqa: S608 - names of the catalogue, quoted


def upsert(new: NewTable, key: Sequence[str], source: str, *, wins: str = "kept.version < excluded.version") -> str:
    """The statement that takes rows into the new table from a query that gives all of its columns, in their order."""
    changes = ", ".join(f"{quoted(column)} = excluded.{quoted(column)}" for column in new.columns)
    return f"""
        insert into {new.full_name} as kept ({names(new.columns)}) {source}
        on conflict ({names(key)}) do update set {changes} where {wins}
    """


def names(columns: Sequence[str], table: str = "") -> str:
    """Columns for a statement, of `table` if one is given."""
    return ", ".join((f"{table}." if table else "") + quoted(column) for column in columns)


def quoted(name: str) -> str:
    """A name as a statement wants it."""
    return '"' + name.replace('"', '""') + '"'


def _to_json(prefix: bytes) -> Any:
    def encode(value: object) -> bytes:
        return prefix + (value.encode() if isinstance(value, str) else orjson.dumps(value))

    return encode
