"""The tables of this package: outbox, inbox, dead letters and more, as numbered SQL files in dbmate's format.

A service of the platform migrates them before its own (EVENTS_MIGRATIONS); a program outside calls `install_outbox`, or
runs the files with its own migration tool.
"""

from pathlib import Path
from typing import Final

import asyncpg

from grantstream.postgres.migrations import MigrationSet

EVENTS_MIGRATIONS: Final = MigrationSet(Path(__file__).with_name("migrations"), "schema_migrations_events")

_INSTALLING: Final = 0x6772_616E_7473_6D67
"""The advisory lock of the process that creates the tables: "grantsmg"."""


async def install_outbox(dsn: str) -> None:
    """Creates the library's tables in the first schema of the search path; existing tables stay unchanged."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", _INSTALLING)
            await connection.execute("create table if not exists grantstream_migration (name text primary key)")
            for path in sorted(EVENTS_MIGRATIONS.folder.glob("*.sql")):
                if await connection.fetchval(
                    "insert into grantstream_migration values ($1) on conflict do nothing returning true", path.name
                ):
                    await connection.execute(path.read_text().partition("-- migrate:down")[0])
    finally:
        await connection.close()
