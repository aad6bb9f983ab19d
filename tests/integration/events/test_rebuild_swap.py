"""The new table takes the live one's place with all that belonged to it, while others read and write."""

import asyncio
import random
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from grantstream.events.errors import RebuildRefused
from grantstream.testing import Mint, eventually
from tests.integration.events.consuming import consuming
from tests.integration.events.rebuilding import APPS, append_all, rebuilt, rows_of
from tests.integration.events.support import Topics, app_state
from tests.servers.databases import DatabaseServer

FURNITURE = """
    create table owner (name text primary key);
    insert into owner values ('me');
    alter table app set (fillfactor = 70);
    alter table app add constraint app_named check (name <> '');
    alter table app add column whose text not null default 'me' references owner (name);
    create index app_by_name on app (lower(name)) where version > 1;
    create unique index app_twice on app (name, app_id);
    create table note (app_id text not null references app (app_id) on delete cascade, said text);
"""
DESCRIBED = """
    select 'index ' || indexname || indexdef from pg_indexes where tablename in ('app', 'note')
    union all select 'constraint ' || conrelid::regclass || conname || pg_get_constraintdef(oid) from pg_constraint
        where conrelid in ('app'::regclass, 'note'::regclass)
    union all select 'options ' || array_to_string(reloptions, ',') || relowner from pg_class
        where oid = 'app'::regclass
    union all select 'column ' || attname || attnotnull || atttypid from pg_attribute
        where attrelid = 'app'::regclass and attnum > 0
    union all select 'may ' || acl::text from pg_class, unnest(relacl) acl where oid = 'app'::regclass
    order by 1
"""


TRIGGERED = "execute function suppress_redundant_updates_trigger()"


@pytest.fixture
def mint() -> Mint:
    """Trusted in this test alone."""
    return Mint()


@asynccontextmanager
async def role(postgres: DatabaseServer) -> AsyncIterator[str]:
    """A role that may log in and owns nothing."""
    name = f"reader_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(postgres.dsn)
    await connection.execute(f"create role {name}")
    try:
        yield name
    finally:
        await connection.execute(f"drop role {name}")
        await connection.close()


async def test_the_new_table_keeps_indexes_constraints_and_grants(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint, postgres: DatabaseServer
) -> None:
    async with role(postgres) as reader:
        await pool.execute(FURNITURE)
        await pool.execute(f"grant select, update (name) on app to {reader}; grant insert on app to public")
        before = [row[0] for row in await pool.fetch(DESCRIBED)]
        state = app_state()
        await append_all(topics.bootstrap_servers, mint, [state])
        await pool.execute("insert into app values ($1, 'name', 1, '')", state.app_id)
        await pool.execute("insert into note values ($1, 'said')", state.app_id)
        projection = replace(APPS, row=lambda app: {**APPS.row(app), "whose": "me"})
        await rebuilt(topics.bootstrap_servers, dsn, mint, projection)
        assert [row[0] for row in await pool.fetch(DESCRIBED)] == before
        assert any("app_by_name" in line for line in before)
        may_read = "select has_table_privilege($1, 'app', 'select'), has_column_privilege($1, 'app', 'name', 'update')"
        assert tuple(await pool.fetchrow(may_read, reader)) == (True, True)
        await pool.execute("delete from app")
        assert await pool.fetchval("select count(*) from note") == 0
        await pool.execute(f"drop owned by {reader}")


@pytest.mark.parametrize(
    ("hindrance", "told"),
    [
        ("create view v as select * from app", "a view"),
        ("create materialized view v as select * from app", "a view"),
        ("alter table app enable row level security", "row security"),
        ("create publication p_{n} for table app", "a publication"),
        (f"create trigger t before update on app for each row {TRIGGERED}", "a trigger"),
        ("create table part () inherits (app)", "inheritance"),
        ("alter table app add column n int generated always as identity", "an identity column"),
    ],
    ids=["view", "materialized", "rls", "publication", "trigger", "inheritance", "identity"],
)
async def test_what_could_not_be_taken_over_refuses_the_rebuild(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint, hindrance: str, told: str
) -> None:
    await pool.execute(hindrance.format(n=uuid.uuid4().hex))
    with pytest.raises(RebuildRefused, match=told):
        await rebuilt(topics.bootstrap_servers, dsn, mint)


async def test_a_table_with_unexpected_columns_is_refused(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint
) -> None:
    await append_all(topics.bootstrap_servers, mint, [app_state()])
    await pool.execute("alter table app add column another text")
    with pytest.raises(RebuildRefused, match="columns"):
        await rebuilt(topics.bootstrap_servers, dsn, mint)
    assert await rows_of(pool) == []


async def test_a_rebuild_under_load_loses_and_reverts_nothing(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint
) -> None:
    newest = {str(uuid.uuid4()): 1 for _ in range(60)}
    group_id = await topics.group_at_end()
    await append_all(topics.bootstrap_servers, mint, [app_state(app_id) for app_id in newest])
    watching = Watching(dsn)
    async with consuming(topics, pool, mint, group_id):
        await eventually(lambda: pool.fetchval("select count(*) = 60 from app"))
        async with watching.on(), changing(topics, mint, newest):
            for _ in range(3):
                report = await rebuilt(topics.bootstrap_servers, dsn, mint)
                assert (report.rows, report.unexplained, report.contradictions) == (60, [], [])

        async def caught_up() -> bool:
            return {row[0]: row[2] for row in await rows_of(pool)} == newest

        await eventually(caught_up, what="the newest versions")
    assert watching.reads > 100
    assert watching.faults == []
    assert sum(newest.values()) > 100


@asynccontextmanager
async def changing(topics: Topics, mint: Mint, newest: dict[str, int]) -> AsyncIterator[None]:
    """About a hundred changes a second, until the block ends."""
    going_on = True

    async def change() -> None:
        while going_on:
            began = time.monotonic()
            changed = random.sample(sorted(newest), 20)
            for app_id in changed:
                newest[app_id] += 1
            await append_all(topics.bootstrap_servers, mint, [app_state(app_id, newest[app_id]) for app_id in changed])
            await asyncio.sleep(max(0.0, 0.2 - (time.monotonic() - began)))  # a rate, not a wait

    task = asyncio.create_task(change())
    try:
        yield
    finally:
        going_on = False
        await task


class Watching:
    """Reads all the time with prepared statements, on a connection that knew the table from before."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self.reads = 0
        self.faults: list[str] = []

    @asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        connection = await asyncpg.connect(self._dsn)
        statement = await connection.prepare("select app_id, version from app")
        task = asyncio.create_task(self._watch(statement))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await connection.close()

    async def _watch(self, statement: Any) -> None:
        seen: dict[str, int] = {}
        while True:
            try:
                rows = {row["app_id"]: row["version"] for row in await statement.fetch()}
            except asyncpg.PostgresError as error:
                self.faults.append(repr(error))
                return
            self.faults += [f"{key} was {version}" for key, version in seen.items() if rows.get(key, 0) < version]
            seen = rows
            self.reads += 1
