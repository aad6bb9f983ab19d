"""A log of every version that was ever committed to a row, kept by triggers that the tests put into the databases.

An owner's log says what was committed, so what may appear; a projection's log says in which order versions came.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg


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

_LOG: Final = """
create schema chaos;
create table chaos.version_log (id bigserial primary key, source text, subject text, version bigint);
"""
# Who listens on `chaos` hears of each commit at once. The rows that are there already are the log's first entries. A
# write that keeps the version is none of ours.
_TRIGGER: Final = """
create function chaos.log_{name}() returns trigger language plpgsql security definer as $$
begin
    if tg_op = 'INSERT' or new.version is distinct from old.version then
        insert into chaos.version_log (source, subject, version) values ('{name}', {subject}, new.version);
        perform pg_notify('chaos', '{name}');
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
        connection = await asyncpg.connect(dsn)
        try:
            async with connection.transaction():
                await connection.execute(_LOG)
                for table in (*OWNED, *PROJECTED):
                    if table.service == service:
                        await connection.execute(f"lock table {table.name} in exclusive mode")
                        await connection.execute(_TRIGGER.format(name=table.name, subject=table.subject))
        finally:
            await connection.close()


async def read(dsn: str, table: Table) -> Versions:
    """What the log says of a table. Version 0 is a row that tells nobody anything yet."""
    found: dict[str, list[int]] = {}
    for row in await fetch(
        dsn, "select subject, version from chaos.version_log where source = $1 and version > 0 order by id", table.name
    ):
        found.setdefault(row["subject"], []).append(row["version"])
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
