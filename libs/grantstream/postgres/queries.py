"""Named queries out of `.sql` files, through aiosql, run on one asyncpg connection.

    queries = load_queries(Path(__file__).parent / "queries.sql")
    row = await queries.get_app(connection, app_id=app_id)

aiosql's own adapter looks at each call whether it was given a pool or a connection, which costs more than building the
call itself; this one takes connections only, since whoever holds a transaction holds a connection.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiosql
from aiosql.adapters.asyncpg import AsyncPGAdapter
from aiosql.queries import Queries

from grantstream.postgres.pool import Connection

Parameters = dict[str, Any] | tuple[Any, ...]


class ConnectionAdapter(AsyncPGAdapter):
    """Runs aiosql's kinds of query on an asyncpg connection."""

    # aiosql's own wrapping for async drivers makes a generator of a select. Its functions for sync drivers hand on
    # what a method below returns: a coroutine, of all rows.
    is_aio_driver = False

    def __init__(self) -> None:
        self.var_sorted: defaultdict[str, list[str]] = defaultdict(list)

    async def select(
        self, conn: Connection, query_name: str, sql: str, parameters: Parameters, record_class: Any = None
    ) -> list[Any]:
        """`name`: all rows."""
        rows = await conn.fetch(sql, *self._ordered(query_name, parameters))
        return rows if record_class is None else [record_class(**dict(row)) for row in rows]

    async def select_one(
        self, conn: Connection, query_name: str, sql: str, parameters: Parameters, record_class: Any = None
    ) -> Any:
        """`name^`: the first row or None."""
        row = await conn.fetchrow(sql, *self._ordered(query_name, parameters))
        return row if record_class is None or row is None else record_class(**dict(row))

    async def select_value(self, conn: Connection, query_name: str, sql: str, parameters: Parameters) -> Any:
        """`name$`: the first column of the first row, or None."""
        return await conn.fetchval(sql, *self._ordered(query_name, parameters))

    async def insert_returning(self, conn: Connection, query_name: str, sql: str, parameters: Parameters) -> Any:
        """`name<!`: the returned value, or the row if it has several columns."""
        row = await conn.fetchrow(sql, *self._ordered(query_name, parameters))
        return row[0] if row is not None and len(row) == 1 else row

    async def insert_update_delete(self, conn: Connection, query_name: str, sql: str, parameters: Parameters) -> int:
        """`name!`: the number of rows that were changed."""
        status = await conn.execute(sql, *self._ordered(query_name, parameters))
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def insert_update_delete_many(
        self, conn: Connection, query_name: str, sql: str, parameters: Sequence[Parameters]
    ) -> None:
        """`name*!`: once for each set of parameters."""
        await conn.executemany(sql, [self._ordered(query_name, each) for each in parameters])

    async def execute_script(self, conn: Connection, sql: str) -> str:
        """`name#`: several statements without parameters."""
        status: str = await conn.execute(sql)
        return status

    def _ordered(self, query_name: str, parameters: Parameters) -> Sequence[Any]:
        if isinstance(parameters, dict):
            return [parameters[name] for name in self.var_sorted[query_name]]
        return parameters


def load_queries(path: Path) -> Queries:
    """Loads a `.sql` file, or all of a folder. Each query is a method that takes a connection and named parameters."""
    adapter: Any = ConnectionAdapter  # its protocol of adapters knows nothing of asyncpg's types
    queries: Queries = aiosql.from_path(path, adapter, mandatory_parameters=False)
    return queries
