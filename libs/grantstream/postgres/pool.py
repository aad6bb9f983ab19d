"""The pool of database connections, and transactions, with the driver's errors in our own words."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

import asyncpg
import orjson
from pydantic import SecretStr

from grantstream.postgres.errors import DatabaseUnavailable, translated_errors
from grantstream.postgres.passing import STATEMENT_FAILURES

Pool: TypeAlias = asyncpg.Pool
Connection: TypeAlias = asyncpg.Connection
Record: TypeAlias = asyncpg.Record

_log = logging.getLogger(__name__)
_PAUSE: Final = 0.5
_CLOSE_LIMIT: Final = 1.0

_DRIVERS_OWN: Final[dict[str, Any]] = {
    "max_queries": 50_000,
    "max_inactive_connection_lifetime": 300.0,
    "loop": None,
    "connection_class": asyncpg.Connection,
    "record_class": asyncpg.Record,
}
"""What `asyncpg.create_pool` fills in, which makes pools of no other class."""


class BoundedPool(asyncpg.Pool):  # type: ignore[misc]  # asyncpg is not typed
    """A pool in which nobody waits longer than `acquire_timeout` seconds for a connection, unless they say how long."""

    def __init__(self, dsn: str, *, acquire_timeout: float, **options: Any) -> None:
        super().__init__(dsn, **_DRIVERS_OWN | options)
        self._acquire_timeout = acquire_timeout

    def acquire(self, *, timeout: float | None = None) -> Any:
        """A connection, for `async with`."""
        return super().acquire(timeout=self._acquire_timeout if timeout is None else timeout)


async def open_pool(
    dsn: SecretStr | str,
    *,
    min_size: int = 2,
    max_size: int = 10,
    application_name: str = "grantstream",
    statement_timeout: float = 5.0,
    acquire_timeout: float = 3.0,
    connect_timeout: float = 3.0,
    patience: float = 30.0,
) -> Pool:
    """Opens the process's pool; `json` and `jsonb` columns are read and written as Python values.

    All times in seconds: `statement_timeout` bounds each statement in the server, `acquire_timeout` the wait for a
    connection of the pool, `connect_timeout` the opening of a new one; for `patience` it is tried again while the
    database can't be reached, so that a process may start before it. Raises DatabaseUnavailable.
    """
    milliseconds = str(int(statement_timeout * 1000))
    options: dict[str, Any] = {
        "min_size": min(min_size, max_size),
        "max_size": max_size,
        "timeout": connect_timeout,
        # The client gives up a little later than the server, which then tells why.
        "command_timeout": statement_timeout + 1.0,
        "init": _prepare_connection,
        "server_settings": {
            "application_name": application_name,
            "statement_timeout": milliseconds,
            "idle_in_transaction_session_timeout": milliseconds,
            "timezone": "UTC",
        },
    }
    address = dsn.get_secret_value() if isinstance(dsn, SecretStr) else dsn
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        try:
            async with translated_errors():
                return await BoundedPool(address, acquire_timeout=acquire_timeout, **options)
        except DatabaseUnavailable as error:
            if asyncio.get_running_loop().time() > deadline:
                raise
            _log.warning("the database can't be reached yet: %s", error)
            await asyncio.sleep(_PAUSE)


@asynccontextmanager
async def opened_pool(dsn: SecretStr | str, *, application_name: str, **limits: Any) -> AsyncIterator[Pool]:
    """`open_pool` for an `async with`: closed at the end, forcibly if a connection is not given back in time."""
    pool = await open_pool(dsn, application_name=application_name, **limits)
    try:
        yield pool
    finally:
        await close_pool(pool)


async def close_pool(pool: Pool) -> None:
    """Closes the pool; connections still in use after a second are cut."""
    try:
        await asyncio.wait_for(pool.close(), _CLOSE_LIMIT)
    except STATEMENT_FAILURES:
        pool.terminate()


@asynccontextmanager
async def connection(pool: Pool, *, limit: float | None = None) -> AsyncIterator[Connection]:
    """A connection for single statements, each its own transaction.

    `limit`: how many seconds to wait for it, if not as long as the pool says. Raises the errors of `translated_errors`.
    """
    async with translated_errors(), pool.acquire(timeout=limit) as acquired:
        yield acquired


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """One transaction: committed when the block ends, rolled back if it raises. Raises as `connection`."""
    async with translated_errors(), pool.acquire() as acquired, acquired.transaction():
        yield acquired


async def _prepare_connection(acquired: Connection) -> None:
    for kind in ("json", "jsonb"):
        await acquired.set_type_codec(kind, schema="pg_catalog", encoder=_to_json, decoder=orjson.loads)


def _to_json(value: object) -> str:
    return orjson.dumps(value).decode()
