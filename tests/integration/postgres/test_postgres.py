import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from grantstream.postgres.errors import (
    ConstraintViolated,
    DatabaseError,
    DatabaseUnavailable,
    MigrationFailed,
    TransactionConflict,
)
from grantstream.postgres.migrations import MigrationSet, migrate, pending
from grantstream.postgres.pool import Pool, connection, open_pool, opened_pool, transaction
from grantstream.postgres.queries import load_queries
from grantstream.service.connected import opened_service_pool
from grantstream.service.health import database_answers, migrations_applied
from tests.servers.databases import DatabaseServer
from tests.unit.service.service_settings import tiny_settings

FIRST = """-- migrate:up
create table thing (id text primary key, seen jsonb not null);
-- migrate:down
drop table thing;
"""
SECOND = "-- migrate:up\nalter table thing add size int;\n-- migrate:down\nalter table thing drop size;\n"
LIBRARY = "-- migrate:up\ncreate table outbox_like (id int);\n-- migrate:down\ndrop table outbox_like;\n"
QUERIES = """-- name: put_thing!
-- Stores a thing.
insert into thing (id, seen) values (:thing_id, :seen);

-- name: find_thing^
-- One thing.
select id, seen from thing where id = :thing_id;

-- name: count_things$
-- How many there are.
select count(*) from thing;

-- name: name_thing<!
-- Stores and tells the id.
insert into thing (id, seen) values (:thing_id, '{}'::jsonb) returning id;

-- name: all_things
-- All of them.
select id from thing order by id;

-- name: put_things*!
-- Stores many.
insert into thing (id, seen) values (:thing_id, '[]'::jsonb);
"""


@pytest.fixture
def things(tmp_path: Path) -> MigrationSet:
    folder = tmp_path / "things"
    folder.mkdir()
    (folder / "0001_thing.sql").write_text(FIRST)
    return MigrationSet(folder)


@pytest.fixture
async def pool(database_dsn: str, things: MigrationSet) -> AsyncIterator[Pool]:
    await asyncio.to_thread(migrate, database_dsn, things)
    async with opened_pool(database_dsn, application_name="tests", statement_timeout=0.5) as pool:
        yield pool


async def test_each_migration_folder_is_applied_once_by_itself(
    database_dsn: str, things: MigrationSet, tmp_path: Path
) -> None:
    library = MigrationSet(tmp_path / "library", "schema_migrations_library")
    library.folder.mkdir()
    (library.folder / "0001_outbox.sql").write_text(LIBRARY)
    async with opened_pool(database_dsn, application_name="tests") as pool:
        check = migrations_applied(pool, library, things)
        assert await pending(pool, library, things) == ["schema_migrations_library:0001", "schema_migrations:0001"]
        assert not (await check()).ok
        for _ in range(2):
            await asyncio.to_thread(migrate, database_dsn, library, things)
        assert await pending(pool, library, things) == []
        (things.folder / "0002_size.sql").write_text(SECOND)
        assert (await check()).detail == "missing: schema_migrations:0002"
        await asyncio.to_thread(migrate, database_dsn, library, things)
        assert (await check()).ok


async def test_several_processes_may_migrate_at_once(database_dsn: str, things: MigrationSet) -> None:
    await asyncio.gather(*(asyncio.to_thread(migrate, database_dsn, things) for _ in range(4)))
    async with opened_pool(database_dsn, application_name="tests") as pool:
        assert await pending(pool, things) == []


def test_a_failed_migration_says_why_without_the_password(
    postgres: DatabaseServer, database_dsn: str, things: MigrationSet
) -> None:
    (things.folder / "0002_wrong.sql").write_text("-- migrate:up\nselect nonsense;\n-- migrate:down\n")
    with pytest.raises(MigrationFailed, match="nonsense"):
        migrate(database_dsn, things)
    with pytest.raises(MigrationFailed) as caught:
        migrate("postgres://nobody:hunter2@127.0.0.1:1/none", things, patience=1)
    assert "hunter2" not in str(caught.value)


async def test_a_transaction_is_committed_whole_or_not_at_all(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "queries.sql").write_text(QUERIES)
    queries = load_queries(tmp_path / "queries.sql")
    async with transaction(pool) as acquired:
        assert await queries.put_thing(acquired, thing_id="a", seen={"by": ["x"]}) == 1

    async def change_my_mind() -> None:
        async with transaction(pool) as acquired:
            await queries.put_thing(acquired, thing_id="b", seen={})
            raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError, match="changed my mind"):
        await change_my_mind()
    async with connection(pool) as acquired:
        assert dict(await queries.find_thing(acquired, thing_id="a")) == {"id": "a", "seen": {"by": ["x"]}}
        assert await queries.find_thing(acquired, thing_id="b") is None
        assert await queries.count_things(acquired) == 1
        assert await queries.name_thing(acquired, thing_id="c") == "c"
        await queries.put_things(acquired, [{"thing_id": "d"}, {"thing_id": "e"}])
        assert [row["id"] for row in await queries.all_things(acquired)] == ["a", "c", "d", "e"]


async def test_a_violated_constraint_is_named_without_the_row(pool: Pool) -> None:
    async with transaction(pool) as acquired:
        await acquired.execute("insert into thing values ('hunter2', '{}')")
    with pytest.raises(ConstraintViolated) as caught:
        async with transaction(pool) as acquired:
            await acquired.execute("insert into thing values ('hunter2', '{}')")
    assert caught.value.constraint == "thing_pkey"
    assert "hunter2" not in str(caught.value)


async def test_a_statement_timeout_counts_as_unavailable(pool: Pool) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with connection(pool) as acquired:
            await acquired.execute("select pg_sleep(30)")


async def test_a_pool_recovers_from_a_lost_connection(pool: Pool) -> None:
    async def be_cut_off() -> None:
        async with transaction(pool) as acquired:
            own = await acquired.fetchval("select pg_backend_pid()")
            async with connection(pool) as other:
                await other.execute("select pg_terminate_backend($1)", own)
            await acquired.execute("select 1")

    with pytest.raises(DatabaseUnavailable):
        await be_cut_off()
    assert (await database_answers(pool)()).ok


async def test_a_serialization_failure_is_a_transaction_conflict(pool: Pool) -> None:
    async with transaction(pool) as acquired:
        await acquired.execute("insert into thing values ('a', '{}')")

    async def change_behind_its_back() -> None:
        async with transaction(pool) as first:
            await first.execute("set transaction isolation level serializable")
            await first.fetch("select * from thing")
            async with transaction(pool) as second:
                await second.execute("update thing set seen = '[2]'")
            await first.execute("update thing set seen = '[1]'")

    with pytest.raises(TransactionConflict):
        await change_behind_its_back()


async def test_an_exhausted_pool_counts_as_unavailable(database_dsn: str) -> None:
    async with opened_pool(database_dsn, application_name="tests", min_size=1, max_size=1) as pool, connection(pool):
        with pytest.raises(DatabaseUnavailable):
            async with connection(pool, limit=0.05):
                pass


async def test_acquire_and_connect_timeouts_are_separate_settings(database_dsn: str) -> None:
    settings = tiny_settings(postgres_dsn=database_dsn, postgres_pool_min=1, postgres_pool_max=1)
    hasty = settings.model_copy(update={"postgres_acquire_timeout": 0.05})
    patient = settings.model_copy(update={"postgres_connect_timeout": 0.000_001})
    async with opened_service_pool(hasty, "http") as pool, connection(pool):
        began = time.monotonic()
        for wait in (connection, transaction):
            with pytest.raises(DatabaseUnavailable):
                async with wait(pool):
                    pass
        assert time.monotonic() - began < 1.0
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3), opened_service_pool(patient, "http"):
            pass


async def test_a_wrong_statement_is_an_error_of_its_own(pool: Pool) -> None:
    with pytest.raises(DatabaseError) as caught:
        async with connection(pool) as acquired:
            await acquired.execute("select nonsense")
    assert type(caught.value) is DatabaseError


async def test_opening_a_pool_without_a_database_fails() -> None:
    with pytest.raises(DatabaseUnavailable):
        await open_pool("postgres://nobody@127.0.0.1:1/none", patience=0.0)
