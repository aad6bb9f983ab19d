"""A projection made anew holds what the topics tell, and never less than the live one did."""

import asyncio
import json
import sys
import uuid
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from grantstream.events.consuming.projection import content_sha256
from grantstream.events.errors import RebuildRefused, RebuiltNotCompared
from grantstream.events.replay.rebuild_merge import LeftOut
from grantstream.events.replay.rebuild_table import RowLoader, open_new_table
from grantstream.testing import Mint, eventually
from tests.integration.events.rebuilding import APPS, append_all, proven, rebuilt, rows_of, set_aside
from tests.integration.events.support import Topics, app_state, event_of, project_app, registered


@pytest.fixture
def mint() -> Mint:
    """Trusted in this test alone, so that the topics tell only of what it appended."""
    return Mint()


def histories(apps: int, versions: int) -> list[list[Any]]:
    """Some applications, each with all of its states."""
    ids = [str(uuid.uuid4()) for _ in range(apps)]
    return [[registered(app_id), *(app_state(app_id, n) for n in range(2, versions + 1))] for app_id in ids]


async def apply(pool: asyncpg.Pool, *states: Any) -> None:
    """As the live consumer would."""
    async with pool.acquire() as connection:
        for state in states:
            await project_app(connection, state)


async def test_a_rebuild_from_empty_equals_the_live_projection(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint
) -> None:
    told = [state for history in histories(40, 5) for state in history]
    await apply(pool, *told)
    live = await rows_of(pool)
    await pool.execute("truncate app")
    await append_all(topics.bootstrap_servers, mint, told)
    report = await rebuilt(topics.bootstrap_servers, dsn, mint)
    assert await rows_of(pool) == live
    assert (report.events, report.rows, report.added) == (200, 40, 40)
    assert not report.contradictions
    assert not report.unexplained


async def test_a_rebuild_corrects_bad_rows_and_restores_lost_ones(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint
) -> None:
    told = [state for history in histories(6, 3) for state in history]
    await append_all(topics.bootstrap_servers, mint, told)
    await apply(pool, *told)
    live = await rows_of(pool)
    await pool.execute("update app set name = 'spoiled' where app_id = $1", live[0][0])
    await pool.execute("delete from app where app_id = $1", live[1][0])
    await pool.execute("update app set version = 2, name = 'old' where app_id = $1", live[2][0])
    report = await rebuilt(topics.bootstrap_servers, dsn, mint)
    assert await rows_of(pool) == live
    assert (report.corrected, report.added, report.advanced, report.kept) == (1, 1, 1, 0)


async def test_an_older_state_never_replaces_a_newer_live_row(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint
) -> None:
    old, new = app_state(version=3), app_state(version=4)
    newer = new.model_copy(update={"version": 9, "name": "live"})
    await append_all(topics.bootstrap_servers, mint, [old, new])
    await apply(pool, old, newer)
    live = await rows_of(pool)
    report = await rebuilt(topics.bootstrap_servers, dsn, mint)
    assert await rows_of(pool) == live
    assert report.unexplained == [newer.app_id]
    assert not report.is_clean


async def test_loading_in_any_order_keeps_the_newest_state(dsn: str) -> None:
    app_id = str(uuid.uuid4())
    connection = await asyncpg.connect(dsn)
    async with open_new_table(connection, "app") as new:
        loader = RowLoader(connection, new, APPS)
        for versions in ([4, 5, 2], [3], [7, 6], [1]):
            read: list[Any] = [SimpleNamespace(data=app_state(app_id, version)) for version in versions]
            await loader.load(read)
        rows = await connection.fetch(f"select version, name from {new.full_name}")
        assert [tuple(row) for row in rows] == [(7, "name 7")]
        contradicting: list[Any] = [SimpleNamespace(data=app_state(app_id, 7, name="other"))]
        await loader.load(contradicting)
        assert loader.unstorable == {"event_contradictory": 1}
    await connection.close()


async def test_a_live_row_without_events_is_kept_and_reported(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint
) -> None:
    orphan = app_state()
    await apply(pool, orphan)
    report = await rebuilt(topics.bootstrap_servers, dsn, mint)
    assert [row[0] for row in await rows_of(pool)] == [orphan.app_id]
    assert (report.kept, report.unexplained) == (1, [orphan.app_id])


async def test_a_contradiction_keeps_and_reports_the_live_row(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint
) -> None:
    live = app_state(version=4)
    await append_all(topics.bootstrap_servers, mint, [live.model_copy(update={"name": "another"})])
    await apply(pool, live)
    report = await rebuilt(topics.bootstrap_servers, dsn, mint)
    assert await rows_of(pool) == [(live.app_id, live.name, 4, content_sha256(live))]
    assert report.contradictions == [live.app_id]
    assert not report.unexplained


async def test_what_the_group_has_set_aside_stays_out(topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint) -> None:
    state = app_state(version=2)
    _, place = await append_all(topics.bootstrap_servers, mint, [state, app_state(state.app_id, 3)])
    await set_aside(pool, place)
    report = await rebuilt(topics.bootstrap_servers, dsn, mint)
    assert [row[2] for row in await rows_of(pool)] == [2]
    assert (report.left_out, report.missed) == (1, [state.app_id])
    await pool.execute("update dead_letter set redriven_at = clock_timestamp()")
    report = await rebuilt(topics.bootstrap_servers, dsn, mint)
    assert [row[2] for row in await rows_of(pool)] == [3]
    assert not report.missed


async def test_a_fault_after_the_swap_says_that_it_is_rebuilt(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = app_state(version=2)
    await append_all(topics.bootstrap_servers, mint, [state])

    async def failing(_: LeftOut) -> list[str]:
        raise OSError("the connection is gone")

    monkeypatch.setattr(LeftOut, "missed", failing)
    with pytest.raises(RebuiltNotCompared, match=r"was rebuilt, .*OSError"):
        await rebuilt(topics.bootstrap_servers, dsn, mint)
    assert [row[2] for row in await rows_of(pool)] == [2]


async def test_only_valid_newer_dead_letters_count_as_missed(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint
) -> None:
    newer, lost, odd = app_state(version=2), app_state(version=7), app_state(name="odd")

    def row(state: Any) -> Any:
        return APPS.row(state) if state.name != "odd" else {}

    places = await append_all(topics.bootstrap_servers, mint, [newer, lost, odd])
    await append_all(topics.bootstrap_servers, mint, [app_state(newer.app_id, 3), app_state(lost.app_id, 6)])
    places.append(await topics.send(event_of(app_state(lost.app_id, 8)), Mint().token()))
    await set_aside(pool, *places)
    report = await rebuilt(topics.bootstrap_servers, dsn, mint, replace(APPS, row=row))
    assert (report.left_out, report.missed) == (4, sorted([lost.app_id, odd.app_id]))
    assert not report.is_clean


async def test_refused_and_unstorable_events_are_only_counted(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint
) -> None:
    good, forged, poison = app_state(), app_state(), app_state(name="nul \x00")
    await append_all(topics.bootstrap_servers, mint, [good, poison, app_state(good.app_id, name="contradicts")])
    [record] = proven(mint, [forged])
    altered = {"key": record.key, "value": b'{"forged": true}', "headers": list(record.headers)}
    await topics.send(event_of(forged), None, **altered)
    report = await rebuilt(topics.bootstrap_servers, dsn, mint)
    assert await rows_of(pool) == [(good.app_id, good.name, 1, content_sha256(good))]
    assert report.refused["event_not_storable"] == report.refused["event_contradictory"] == 1
    assert sum(count for reason, count in report.refused.items() if reason.startswith("event_proof")) == 1


async def test_a_concurrent_rebuild_is_refused_without_harm(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint
) -> None:
    state = app_state()
    await append_all(topics.bootstrap_servers, mint, [state])
    connection = await asyncpg.connect(dsn)
    async with open_new_table(connection, "app") as first:
        with pytest.raises(RebuildRefused, match="another rebuild"):
            await rebuilt(topics.bootstrap_servers, dsn, mint)
        assert await pool.fetchval("select to_regclass($1) is not null", first.full_name)
    await connection.close()
    assert (await rebuilt(topics.bootstrap_servers, dsn, mint)).rows == 1


async def test_a_killed_rebuild_keeps_live_rows_and_is_cleaned_up(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint
) -> None:
    told = [state for history in histories(20, 3) for state in history]
    await append_all(topics.bootstrap_servers, mint, told)
    await pool.execute("insert into app values ('kept', 'kept', 1, '')")
    command = [sys.executable, "-m", "tests.integration.events.rebuilding", topics.bootstrap_servers, dsn]
    child = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(json.dumps(mint.jwk).encode() + b"\n")
    assert await child.stdout.readline() == b"half-way\n"
    assert await pool.fetchval("select to_regclass('grantstream_rebuild.app') is not null")
    child.kill()
    await child.wait()
    assert [row[0] for row in await rows_of(pool)] == ["kept"]
    # Of this database: relays of other tests hold locks of theirs.
    held = "select from pg_locks join pg_database on pg_database.oid = database where locktype = 'advisory'"
    await eventually(lambda: pool.fetchval(f"select not exists ({held} and datname = current_database())"))
    report = await rebuilt(topics.bootstrap_servers, dsn, mint)
    assert {row[0] for row in await rows_of(pool)} == {"kept", *(state.app_id for state in told)}
    assert report.unexplained == ["kept"]
    assert await pool.fetchval("select to_regnamespace('grantstream_rebuild') is null")


async def test_a_rebuild_waits_for_readers_and_keeps_late_writes(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint
) -> None:
    def somebody_waits(expected: bool) -> Any:
        return pool.fetchval(
            """select $1 = exists (
                select from pg_locks join pg_database on database = pg_database.oid
                where not granted and datname = current_database()
            )""",
            expected,
        )

    await append_all(topics.bootstrap_servers, mint, [app_state()])
    async with pool.acquire() as reader:
        transaction = reader.transaction()
        await transaction.start()
        assert await reader.fetchval("select count(*) from app") == 0
        rebuilding = asyncio.create_task(rebuilt(topics.bootstrap_servers, dsn, mint))
        for expected in (True, False, True):  # given up, so that others get through, and tried again
            await eventually(lambda expected=expected: somebody_waits(expected))
        # It gets in between two tries, long after the tables were compared for the first time.
        await pool.execute("insert into app values ('late', 'late', 1, '')")
        assert not rebuilding.done()
        await transaction.commit()
    assert (await rebuilding).unexplained == ["late"]
    assert await pool.fetchval("select count(*) from app") == 2
