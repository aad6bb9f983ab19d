"""An empty database for one test."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg


@asynccontextmanager
async def fresh_database(admin_dsn: str) -> AsyncIterator[str]:
    """The DSN of a new database on a server; at the end it is dropped and its connections are closed."""
    name = f"test_{secrets.token_hex(8)}"
    await _execute(admin_dsn, f'create database "{name}"')
    yield urlunsplit(urlsplit(admin_dsn)._replace(path=f"/{quote(name, safe='')}"))
    await _execute(admin_dsn, f'drop database if exists "{name}" with (force)')


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
