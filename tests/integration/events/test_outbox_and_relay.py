"""What was committed is published in order, at least once, and what was rolled back never."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest

from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.topics import FENCE
from grantstream.contracts.void import VoidBelow
from grantstream.events.errors import EventTooLarge
from grantstream.events.producing.outbox import OutboxNudge, append, append_change
from grantstream.events.relaying.relay import Relay
from grantstream.events.relaying.relay_settings import RelayObserver, RelaySettings
from grantstream.testing import FixedCredentials, Mint, eventually
from grantstream.testing.records import bearer
from tests.integration.events.support import NOW, SOURCE, Topics, app_state


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[Relay]:
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def a_relay(dsn: str, topics: Topics, mint: Mint, *tokens: str, **options: Any) -> Relay:
    token = FixedCredentials.of(*(tokens or (mint.token(),)))
    return Relay(dsn, topics.bootstrap_servers, token, **options)


async def write(pool: asyncpg.Pool, *states: Any) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for state in states:
            await append(connection, state, source=SOURCE, now=NOW)


async def backlog(pool: asyncpg.Pool) -> int:
    return int(await pool.fetchval("select count(*) from outbox"))


async def until_empty(pool: asyncpg.Pool) -> None:
    async def is_empty() -> bool:
        return await backlog(pool) == 0

    await eventually(is_empty, what="an empty outbox")


async def of_app(topics: Topics, app_id: str) -> list[Any]:
    return await topics.records("app.modified", lambda record: record.key == app_id.encode())


async def test_a_relayed_event_carries_its_attributes_and_a_token(
    pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    state, token = app_state(), mint.token()
    await write(pool, state)
    async with running(a_relay(dsn, topics, mint, token)):
        await until_empty(pool)
    [record] = await of_app(topics, state.app_id)
    assert record.value == state.to_bytes()
    assert bearer(token) in record.headers
    assert dict(record.headers)["ce_subject"] == state.subject.encode()


async def test_what_is_rolled_back_is_never_published(pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint) -> None:
    lost, kept = app_state(), app_state()
    connection = await pool.acquire()
    transaction = connection.transaction()
    await transaction.start()
    await append(connection, lost, source=SOURCE, now=NOW)
    await write(pool, kept)
    await transaction.rollback()
    await pool.release(connection)
    async with running(a_relay(dsn, topics, mint)):
        await until_empty(pool)
    assert len(await of_app(topics, kept.app_id)) == 1
    assert await of_app(topics, lost.app_id) == []


async def test_a_late_commit_is_published_late_not_skipped(
    pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    late, early = app_state(), app_state()
    async with running(a_relay(dsn, topics, mint)):
        async with pool.acquire() as connection, connection.transaction():
            await append(connection, late, source=SOURCE, now=NOW)
            await write(pool, early)
            await eventually(lambda: of_app(topics, early.app_id))
        await until_empty(pool)
    assert len(await of_app(topics, late.app_id)) == 1


async def test_events_of_a_key_keep_their_order(pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint) -> None:
    apps = [app_state().app_id for _ in range(5)]
    for version in range(1, 101):
        await write(pool, *(app_state(app_id, version, description="x" * 3000) for app_id in apps))
    async with running(a_relay(dsn, topics, mint, settings=RelaySettings(window=64))):
        await until_empty(pool)
    for app_id in apps:
        records = await of_app(topics, app_id)
        assert [app_state(app_id).model_validate_json(r.value).version for r in records] == list(range(1, 101))


async def test_a_change_also_publishes_its_version_on_the_fence(
    pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    state = app_state(version=7, void_below={"version": 5})
    async with pool.acquire() as connection, connection.transaction():
        await append_change(connection, state, source=SOURCE, now=NOW)
        revoked = PermissionChanged(subject=f"grant/{state.app_id}", version=1, void_below=VoidBelow(version=1))
        await append(connection, revoked, source=SOURCE, now=NOW)
    async with running(a_relay(dsn, topics, mint)):
        await until_empty(pool)
    wanted = (state.subject.encode(), f"grant/{state.app_id}".encode())
    changed, void = await topics.records(FENCE.name, lambda record: record.key in wanted)
    assert PermissionChanged.model_validate_json(changed.value).version == 7
    assert PermissionChanged.model_validate_json(changed.value).void_below.version == 5
    assert PermissionChanged.model_validate_json(void.value).void_below.version == 1
    assert len(await of_app(topics, state.app_id)) == 1


async def test_an_oversized_event_is_refused_when_written(pool: asyncpg.Pool) -> None:
    with pytest.raises(EventTooLarge):
        await write(pool, app_state(description="x" * 1_000_000))
    assert await backlog(pool) == 0


async def test_the_largest_event_that_is_taken_goes_through(
    pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    state = app_state(description="x" * 898_000)
    await write(pool, state)
    async with running(a_relay(dsn, topics, mint, mint.token(subject="x" * 5000))):
        await until_empty(pool)


async def test_a_nudged_relay_publishes_within_milliseconds(
    pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    nudge = OutboxNudge(pool)
    slow_poll = RelaySettings(idle_poll=30, longest_idle_poll=30)
    times: list[float] = []
    async with running(a_relay(dsn, topics, mint, settings=slow_poll)) as relay:
        await eventually(lambda: relay.status().role == "active")
        began = time.perf_counter()
        # A machine that is busy may let some of them wait.
        while sum(taken < 0.05 for taken in times) < 10:
            assert time.perf_counter() - began < 60, times
            await write(pool, app_state())
            committed = time.perf_counter()
            await nudge()
            while await backlog(pool):  # noqa: ASYNC110 - the condition is the database's
                await asyncio.sleep(0.001)
            times.append(time.perf_counter() - committed)
    await nudge.close()


async def test_many_nudges_become_few(pool: asyncpg.Pool) -> None:
    heard: list[str] = []
    connection = await asyncpg.connect((await pool.fetchval("select 1")) and pool._connect_args[0])
    await connection.add_listener("outbox", lambda *arguments: heard.append("nudge"))
    nudge = OutboxNudge(pool)
    for _ in range(1000):
        await nudge()
    await nudge.close()
    await eventually(lambda: heard)
    assert len(heard) <= 2
    await connection.close()


async def test_one_relay_is_active_and_the_spare_takes_over(
    pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    first, spare = a_relay(dsn, topics, mint), a_relay(dsn, topics, mint)
    async with running(spare):
        pass
    async with running(first):
        await eventually(lambda: first.status().role == "active")
        async with running(spare):
            await eventually(lambda: spare.status().role == "spare")
            assert spare.status().is_healthy
            assert first.status().role == "active"
            await pool.execute(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted"
                " and database = (select oid from pg_database where datname = current_database())"
            )
            await eventually(lambda: {first.status().role, spare.status().role} == {"active", "spare"})
            state = app_state()
            await write(pool, state)
            await until_empty(pool)
    assert len(await of_app(topics, state.app_id)) == 1


async def test_a_failed_outbox_delete_republishes_the_same_id(
    pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    state = app_state()
    await write(pool, state)
    await pool.execute(
        """create function fail() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$;
           create trigger fail before delete on outbox execute function fail()"""
    )
    async with running(a_relay(dsn, topics, mint)):
        await eventually(lambda: of_app(topics, state.app_id))
    await pool.execute("drop trigger fail on outbox")
    async with running(a_relay(dsn, topics, mint)):
        await until_empty(pool)
    records = await of_app(topics, state.app_id)
    assert len(records) >= 2
    assert len({dict(record.headers)["ce_id"] for record in records}) == 1


async def test_an_event_with_an_expired_token_is_signed_again(
    pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    now = int(time.time())
    expired = mint.token(issued_at=now - 100, not_before=now - 100, expires_at=now - 1)
    fresh = mint.token()
    failures: list[str] = []
    state = app_state()
    await write(pool, state)
    async with running(a_relay(dsn, topics, mint, expired, fresh, observer=RelayObserver(failed=failures.append))):
        await until_empty(pool)
    first, second = await of_app(topics, state.app_id)
    assert bearer(expired) in first.headers
    assert bearer(fresh) in second.headers
    assert dict(first.headers)["ce_id"] == dict(second.headers)["ce_id"]
    assert failures == ["token_validity"]


async def test_the_backlog_and_what_was_sent_are_told(pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint) -> None:
    sent: list[int] = []
    backlogs: list[tuple[int, float]] = []
    observer = RelayObserver(sent=sent.append, backlog=lambda size, age: backlogs.append((size, age)))
    await write(pool, *(app_state() for _ in range(3)))
    async with running(a_relay(dsn, topics, mint, observer=observer, settings=RelaySettings(measure_every=0))):
        await eventually(lambda: backlogs[-1:] and backlogs[-1][0] == 0)
    assert backlogs[0][0] == 3
    assert backlogs[0][1] > 0
    assert sum(sent) == 3
