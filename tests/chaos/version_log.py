"""A log of every version that was ever committed to a row, kept by triggers that the tests put into the databases.

An owner's log says what was committed, so what may appear; a projection's log says in which order versions came.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from tests.chaos.held_commit import let_go, make_holdable


@dataclass(frozen=True, slots=True)
class Table:
    """A table with versions. `subject` is SQL for what events call the row `new`."""

    service: str
    name: str
    subject: str


OWNED: Final = (
    Table("registration", "apps", "'app/' || new.app_id"),
    Table("registration", "enablements", "'enablement/' || new.app_id || '/' || new.company_id"),
    Table("token", "company", "'company/' || new.company_id"),
    Table("token", "user_account", "'user/' || new.user_id"),
    Table("receipts", "receipt", "'receipt/' || replace(new.receipt_id::text, '-', '')"),
)
"""Where the truth is."""

PROJECTED: Final = (
    Table("token", "app_projection", "'app/' || new.app_id"),
    Table("token", "enablement_projection", "'enablement/' || new.app_id || '/' || new.company_id"),
    Table("registration", "companies", "'company/' || new.company_id"),
    Table("registration", "users", "'user/' || new.user_id"),
    Table("receipts", "known_user", "'user/' || new.user_id"),
)
"""What is made of events."""

_LOG: Final = (
    "create schema chaos",
    "create table chaos.version_log (id bigserial primary key, source text, subject text, version bigint)",
)
_INSTALLED: Final = (
    "select exists (select from pg_trigger where tgrelid = cast($1 as regclass) and tgname = 'chaos_log')"
)
# The rows that are there already are the first entries. A write that keeps the version is none of ours.
_TRIGGER: Final = """
create or replace function chaos.log_{name}() returns trigger language plpgsql security definer as $$
begin
    if tg_op = 'INSERT' or new.version is distinct from old.version then
        insert into chaos.version_log (source, subject, version) values ('{name}', {subject}, new.version);
    end if;
    return new;
end $$;
create trigger chaos_log after insert or update on {name} for each row execute function chaos.log_{name}();
insert into chaos.version_log (source, subject, version) select '{name}', {subject}, new.version from {name} new;
"""

Versions = Mapping[str, Sequence[int]]
"""By subject, in the order in which they were committed."""


async def install(dsns: Mapping[str, str]) -> None:
    """Puts the triggers into the databases of the services."""
    for service, dsn in dsns.items():
        for statement in _LOG:
            await fetch(dsn, statement)
        await follow_again(service, dsn)


async def leave_alone(service: str, dsn: str) -> None:
    """Takes the triggers from a service's projections: a table that has one can't be replaced."""
    for table in PROJECTED:
        if table.service == service:
            await fetch(dsn, f"drop trigger if exists chaos_log on {table.name}")
            await let_go(dsn, table.name)


async def follow_again(service: str, dsn: str) -> None:
    """Puts the triggers on the tables of a service that have none; the log goes on with what stands there now."""
    connection = await asyncpg.connect(dsn)
    try:
        for table in (*OWNED, *PROJECTED):
            if table.service == service and not await connection.fetchval(_INSTALLED, table.name):
                async with connection.transaction():
                    await connection.execute(f"lock table {table.name} in exclusive mode")
                    await connection.execute(_TRIGGER.format(name=table.name, subject=table.subject))
    finally:
        await connection.close()
    for table in PROJECTED:
        if table.service == service:
            await make_holdable(dsn, table.name)


async def read(dsn: str, table: Table) -> Versions:
    """What the log says of a table, and last of all what stands there. Version 0 is a row that tells nobody anything.

    Each version is given once for each time that it was written over another.
    """
    found: dict[str, list[int]] = {}
    logged = "select subject, version from chaos.version_log where source = $1 and version > 0 order by id"
    standing = f"select {table.subject} as subject, new.version from {table.name} new where new.version > 0"
    for row in [*await fetch(dsn, logged, table.name), *await fetch(dsn, standing)]:
        versions = found.setdefault(row["subject"], [])
        if not versions or versions[-1] != row["version"]:
            versions.append(row["version"])
    return found


async def fetch(dsn: str, query: str, *arguments: Any) -> Sequence[Any]:
    """Rows of a database, on a connection of their own; JSON columns come parsed."""
    connection = await asyncpg.connect(dsn)
    try:
        for kind in ("json", "jsonb"):
            await connection.set_type_codec(kind, schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
        rows: Sequence[Any] = await connection.fetch(query, *arguments)
        return rows
    finally:
        await connection.close()
