"""The new table of a rebuild, in a schema of its own, and the swap with the live table.

In that schema all objects have their final names. Keys, indexes, foreign keys in both directions, the owner and all
privileges are copied. If the live table has objects that can't be copied (views, triggers, ...), the rebuild is refused
before it begins. The newest version of a row wins, and the first of equal ones.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from grantstream.events.consuming.faults import code_of, is_poison
from grantstream.events.consuming.judging import Accepted
from grantstream.events.consuming.projection import Projection
from grantstream.events.errors import RebuildRefused
from grantstream.postgres.passing import STATEMENT_FAILURES
from grantstream.postgres.pool import Connection
from grantstream.postgres.queries import load_queries

QUERIES: Final[Any] = load_queries(Path(__file__).with_name("rebuild.sql"))

SCHEMA: Final = "grantstream_rebuild"

_LOCK_ID: Final = 0x6772_616E_7473_7262
"""Advisory locks are numbers, per database: "grantsrb"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTable:
    """The new table `full_name` beside the live one; all names are quoted if necessary."""

    live: Any
    full_name: str
    columns: Sequence[str]

    @property
    def live_name(self) -> str:
        """The live table's name, with its schema."""
        return str(self.live["full_name"])

    @classmethod
    async def make(cls, connection: Connection, table: str) -> Self:
        """Creates it, empty, with the live table's definition. Raises RebuildRefused.

        `connection` is asyncpg's; it now holds the database's lock for rebuilds.
        """
        if not await QUERIES.take_rebuild_lock(connection, lock_id=_LOCK_ID):
            raise RebuildRefused("another rebuild is under way in this database")
        live = await QUERIES.find_table(connection, name=table)
        if live is None:
            raise RebuildRefused(f"there is no table {table}")
        if hindrances := [row["what"] for row in await QUERIES.hindrances(connection, table=live["oid"])]:
            raise RebuildRefused(f"{table} can't be replaced: it has {', '.join(hindrances)}")
        # Nothing is visible by its bare name from now on, so that the server writes out all names it tells.
        await connection.execute("set search_path = ''")
        await connection.execute(f"drop schema if exists {SCHEMA} cascade; create schema {SCHEMA}")
        full_name = f"{SCHEMA}.{live['full_name'].removeprefix(live['schema'] + '.')}"
        columns = [row["name"] for row in await QUERIES.columns_of(connection, table=live["oid"])]
        new = cls(live=live, full_name=full_name, columns=columns)
        await new._take_over_definition(connection)
        return new

    async def _take_over_definition(self, connection: Connection) -> None:
        await connection.execute(
            f"create table {self.full_name} (like {self.live_name} including all excluding indexes)"
        )
        if options := self.live["options"]:
            await connection.execute(f"alter table {self.full_name} set ({options})")
        for row in await QUERIES.constraints_of(connection, table=self.live["oid"]):
            await connection.execute(f"alter table {self.full_name} add constraint {row['name']} {row['definition']}")
        for row in await QUERIES.indexes_of(connection, table=self.live["oid"]):
            await connection.execute(row["definition"].replace(f" ON {self.live_name} ", f" ON {self.full_name} ", 1))

    async def take_the_live_place(self, connection: Connection) -> None:
        """Replaces the live table by this one, in the caller's transaction.

        It waits for readers of the live table, up to the connection's `lock_timeout`; new readers wait for the commit.
        """
        oid = self.live["oid"]
        await connection.execute(f"lock table {self.live_name} in access exclusive mode")
        references = await QUERIES.references_to(connection, table=oid)
        await self._take_over_privileges(connection)
        for row in references:
            await connection.execute(f"alter table {row['full_name']} drop constraint {row['name']}")
        await connection.execute(f"drop table {self.live_name}")
        await connection.execute(f"alter table {self.full_name} set schema {self.live['schema']}")
        for row in references:
            await connection.execute(f"alter table {row['full_name']} add constraint {row['name']} {row['definition']}")
        await connection.execute(f"drop schema {SCHEMA} cascade")

    async def _take_over_privileges(self, connection: Connection) -> None:
        """Copies the present privileges, and revokes default ones that the live table does not have."""
        own_oid = await connection.fetchval("select $1::text::regclass::oid", self.full_name)
        wanted = {tuple(row) for row in await QUERIES.privileges_of(connection, table=self.live["oid"])}
        given = {tuple(row) for row in await QUERIES.privileges_of(connection, table=own_oid)}
        for grantee, privilege, _ in given - wanted:
            await connection.execute(f"revoke {privilege} on {self.full_name} from {grantee}")
        for grantee, privilege, grantable in wanted - given:
            option = " with grant option" if grantable else ""
            await connection.execute(f"grant {privilege} on {self.full_name} to {grantee}{option}")
        if not self.live["is_ours"]:
            await connection.execute(f"alter table {self.full_name} owner to {self.live['owner']}")


@asynccontextmanager
async def open_new_table(connection: Connection, table: str) -> AsyncIterator[NewTable]:
    """`NewTable.make`; drops the new table at the end, unless it has replaced the live one."""
    new = await NewTable.make(connection, table)
    try:
        yield new
    finally:
        # If the connection is gone, the next rebuild drops it.
        with suppress(*STATEMENT_FAILURES):
            await connection.execute(f"drop schema if exists {SCHEMA} cascade")


class RowLoader:
    """Writes the rows of one projection. `unstorable` counts events that can't be stored, by reason."""

    def __init__(self, connection: Connection, new: NewTable, projection: Projection[Any]) -> None:
        self._connection = connection
        self._new = new
        self._projection = projection
        self.unstorable: Counter[str] = Counter()
        if lacking := {"version", "content_sha256", *projection.key} - set(new.columns):
            raise RebuildRefused(f"{projection.table} has no column {', '.join(sorted(lacking))}")

    async def load(self, events: Sequence[Accepted]) -> None:
        """Writes a batch. Raises RebuildRefused if the projection's rows do not fit its table."""
        if not events:
            return
        states: list[Any] = [event.data for event in events]
        if set(self._projection.full_row(states[0])) != set(self._new.columns):
            raise RebuildRefused(f"the columns of {self._new.live_name} are not those of {self._projection.name}")
        try:
            await self._take(states)
        except Exception as error:
            if not is_poison(error):
                raise
            for state in states:
                await self._take_alone(state)

    async def _take_alone(self, state: Any) -> None:
        try:
            await self._take([state])
        except Exception as error:
            if not is_poison(error):
                raise
            self.unstorable[code_of(error)] += 1

    async def _take(self, states: Sequence[Any]) -> None:
        await self._projection.take(self._connection, states, table=self._new.full_name)
