"""A projection keeps the newest state, in any order and any batches, and finds contradictions, in a real database."""

import asyncio
import random
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grantstream.contracts.events.registration import (
    AppDeleted,
    AppModified,
    AppRegistered,
    AppState,
    SecretRotated,
)
from grantstream.events.consuming.consumer_settings import ConsumerObserver
from grantstream.events.consuming.projection import Projection
from grantstream.events.errors import ContradictoryEvent
from grantstream.testing import Mint, eventually
from tests.integration.events.consuming import consuming
from tests.integration.events.support import APPS, PROJECTION, Topics, app_state, event_of


@st.composite
def replays(draw: st.DrawFn) -> tuple[list[AppState], list[AppState]]:
    """An application's history, and what a consumer may see of it: everything at least once, in any order."""
    length = draw(st.integers(1, 8))
    app_id = str(uuid.uuid4())
    kinds = draw(st.lists(st.sampled_from([AppModified, SecretRotated]), min_size=length, max_size=length))
    history = [
        app_state(app_id, version, AppRegistered if version == 1 else kinds[version - 1])
        for version in range(1, length + 1)
    ]
    if draw(st.booleans()):
        history[-1] = app_state(app_id, length, AppDeleted, deleted=True)
    copies = draw(st.lists(st.sampled_from(history), max_size=10))
    return history, draw(st.permutations(history + copies))


@given(replay=replays(), size=st.integers(1, 6))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_copies_and_batches_leave_the_newest_row(
    database_dsn: str, replay: tuple[list[AppState], list[AppState]], size: int
) -> None:
    history, seen = replay

    async def take_all() -> tuple[int, str]:
        connection = await asyncpg.connect(database_dsn)
        await connection.execute(PROJECTION.replace("create table", "create table if not exists"))
        for start in range(0, len(seen), size):
            await APPS.take(connection, seen[start : start + size])
        row = await connection.fetchrow("select version, name from app where app_id = $1", history[0].app_id)
        await connection.close()
        return row["version"], row["name"]

    assert asyncio.run(take_all()) == (history[-1].version, history[-1].name)


@pytest.mark.parametrize("seed", range(5))
async def test_batches_leave_the_same_rows_as_single_states(pool: asyncpg.Pool, seed: int) -> None:
    chance = random.Random(seed)
    states = [app_state(f"app-{chance.randrange(4)}", chance.randrange(1, 6)) for _ in range(30)]
    await pool.execute("create table alone (like app including all)")
    async with pool.acquire() as connection:
        for state in states:
            await APPS.take(connection, [state], table="alone")
        left = list(states)
        while left:
            size = chance.randrange(1, 12)
            batch, left = left[:size], left[size:]
            await APPS.take(connection, batch)
        rows = [await connection.fetch(f"select * from {table} order by app_id") for table in ("alone", "app")]
    assert rows[0] == rows[1]
    assert len(rows[0]) > 1


V2, V3 = app_state("app-1", 2), app_state("app-1", 3)
FORGED = V2.model_copy(update={"name": "forged"})


@pytest.mark.parametrize(
    ("stored", "batch"),
    [
        ([V2], [FORGED]),
        ([V2], [FORGED, V3]),
        ([V2], [V3, FORGED]),
        ([], [V2, FORGED]),
        ([], [V2, FORGED, V3]),
        ([V2, app_state("app-2")], [app_state("app-2", 2), FORGED]),
    ],
)
async def test_a_contradiction_is_found_wherever_it_stands(
    pool: asyncpg.Pool, stored: Sequence[Any], batch: Sequence[Any]
) -> None:
    async with pool.acquire() as connection:
        if stored:
            await APPS.take(connection, stored)
        with pytest.raises(ContradictoryEvent, match="app/app-1 version 2") as failure:
            await APPS.take(connection, batch)
        assert "forged" not in str(failure.value)


async def test_an_unseen_older_state_is_no_contradiction(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        await APPS.take(connection, [V3])
        await APPS.take(connection, [FORGED])
        await APPS.take(connection, [V2, V3])
    assert await pool.fetchval("select version from app") == 3


async def test_values_of_any_type_reach_their_columns(pool: asyncpg.Pool) -> None:
    await pool.execute(
        """create table odd (id text primary key, names text[] not null, at timestamptz not null, digest bytea not null,
               size bigint, state jsonb not null, version bigint not null, content_sha256 bytea not null)"""
    )
    at = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
    columns = {
        "id": 'quote " and \\ and \u2028',
        "names": ["a,b", "{c}", ""],
        "at": at,
        "digest": b"\x00\xff",
        "size": None,
        "state": orjson.Fragment(b'{"nested": [1, {"two": null}]}'),
    }
    odd = replace(APPS, name="odd", table="odd", key=("id",), row=lambda _: columns)
    async with pool.acquire() as connection:
        await odd.take(connection, [V2])
        await odd.take(connection, [V3, V2])
    [row] = await pool.fetch("select * from odd")
    assert dict(row) | {"state": None, "content_sha256": None} == columns | {
        "version": 3, "state": None, "content_sha256": None,
    }  # fmt: skip
    assert orjson.loads(row["state"]) == {"nested": [1, {"two": None}]}
    assert len(row["content_sha256"]) == 32


async def test_a_consumer_applies_batches_and_isolates_bad_states(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    group_id = await topics.group_at_end()
    sizes: list[int] = []
    take = Projection.take

    async def counted(projection: Any, connection: Any, states: Sequence[Any]) -> None:
        sizes.append(len(states))
        await take(projection, connection, states)

    monkeypatch.setattr(Projection, "take", counted)
    states = [app_state() for _ in range(20)]
    handled: list[int] = []
    observer = ConsumerObserver(handled=lambda topic, events: handled.append(events))
    for state in states:
        await topics.send(event_of(state), mint.token())
    async with consuming(topics, pool, mint, group_id, {"app.modified": APPS}, observer=observer):
        await eventually(lambda: sum(handled) == 20)
        assert max(sizes) > 10
        for state in states:
            await topics.send(event_of(state.model_copy(update={"name": "forged"})), mint.token())
            await topics.send(event_of(app_state(state.app_id, 2)), mint.token())

        async def all_dead_lettered() -> bool:
            return len(await topics.dead_letters("app.modified", group_id)) == 20

        await eventually(all_dead_lettered)
        await eventually(lambda: sum(handled) == 40)
    assert await pool.fetchval("select count(*) from app where version = 2 and name = 'name 2'") == 20
