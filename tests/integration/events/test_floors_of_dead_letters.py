"""What a dead letter leaves missing is noted in the database, for longer than the fence remembers it."""

import time
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from grantstream.contracts.events.fence import PermissionChanged
from grantstream.events.dead.rows import dismiss_dead_letter, read_dead_letters
from grantstream.events.errors import PoisonEvent
from grantstream.fence import RowBelowFloor
from grantstream.testing import FakeFence, Mint, eventually
from tests.integration.events.consuming import consuming, the_dead_letter
from tests.integration.events.support import APPS, MIGRATIONS, Topics, app_state, event_of, project_app


async def floor_of(pool: Any, app_id: str) -> int | None:
    found: int | None = await pool.fetchval(
        "select max(version) from dead_letter where subject = $1 and redriven_at is null", f"app/{app_id}"
    )
    return found


async def test_a_dead_letter_sets_a_version_floor_until_redriven(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id, broken = await topics.group_at_end(), True

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        if broken and event.version == 3:
            raise PoisonEvent("not understood")
        await project_app(connection, event, envelope)

    app_id = app_state().app_id
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}) as consumer:
        for version in (1, 2, 3):
            await topics.send(event_of(app_state(app_id, version)), mint.token())
        await the_dead_letter(topics, group_id)
        assert await floor_of(pool, app_id) == 3
        with pytest.raises(RowBelowFloor):
            await APPS.find(pool, app_id)
        broken = False
        letters = await consumer.dead_letters.read()
        assert [each.outcome async for each in consumer.dead_letters.redrive(letters)] == ["redriven"]
        row = await APPS.find(pool, app_id)
        assert row is not None
        assert row.version == 3
    assert await floor_of(pool, app_id) is None


async def test_an_older_dead_letter_does_not_lower_the_floor(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, app_id = await topics.group_at_end(), app_state().app_id

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        raise PoisonEvent("not understood")

    for version in (9, 5):  # before anybody consumes, so that both are in one batch
        await topics.send(event_of(app_state(app_id, version)), mint.token())

    async def both_set_aside() -> bool:
        return len(await topics.dead_letters("app.modified", group_id)) == 2

    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}):
        await eventually(both_set_aside)
    assert await floor_of(pool, app_id) == 9


async def test_an_unreadable_event_takes_its_floor_from_the_fence(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    """An older program meets a newer schema: it can't tell what changed, but that something did is known."""
    group_id, fence = await topics.group_at_end(), FakeFence()
    known, unknown = app_state(version=7), app_state(version=7)
    fence.rules.apply(
        PermissionChanged(subject=f"app/{known.app_id}", version=7), offset=0, appended_at=time.time()
    )  # fmt: skip
    async with consuming(topics, pool, mint, group_id, guard=mint.guard(fence=fence)):
        for state in (known, unknown):
            newer = replace(event_of(state), dataschema="urn:grantstream:event:app.modified:2")
            await topics.send(newer, mint.token())

        async def both_set_aside() -> bool:
            return len(await topics.dead_letters("app.modified", group_id)) == 2

        await eventually(both_set_aside)
    assert await floor_of(pool, known.app_id) == 7
    assert await floor_of(pool, unknown.app_id) is None


async def test_floors_of_the_version_before_stay_in_force(pool: asyncpg.Pool) -> None:
    *earlier, this = sorted(path for path in MIGRATIONS.glob("*.sql") if path.name < "0006")
    app_id = app_state().app_id
    async with pool.acquire() as connection:
        await connection.execute("create schema earlier; set search_path = earlier")
        for path in earlier:
            await connection.execute(path.read_text().partition("-- migrate:down")[0])
        await connection.execute("insert into projection_floor values ($1, 7), ('app/other', 1)", f"app/{app_id}")
        up, _, down = this.read_text().partition("-- migrate:down")
        await connection.execute(up)
        assert await floor_of(connection, app_id) == 7
        letters = await read_dead_letters(connection, "token")
        assert {letter.place for letter in letters} == {"token:unknown/0@1", "token:unknown/0@2"}
        await dismiss_dead_letter(connection, letters[0], because="compared")
        assert len(await read_dead_letters(connection, "token")) == 1
        await connection.execute("update dead_letter set dismissed_at = null, dismissed_because = null")
        await connection.execute(down)
        assert (
            await connection.fetchval("select version from projection_floor where subject = $1", f"app/{app_id}") == 7
        )
        await connection.execute("drop schema earlier cascade; reset search_path")
