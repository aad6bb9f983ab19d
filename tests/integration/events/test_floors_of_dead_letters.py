"""What a dead letter leaves missing is noted in the database, for longer than the fence remembers it."""

import time
from dataclasses import replace
from typing import Any

import asyncpg

from grantstream.contracts.events.fence import PermissionChanged
from grantstream.events.dead.dead_letter_reading import list_dead_letters
from grantstream.events.dead.redrive import outcomes, redrive
from grantstream.events.errors import PoisonEvent
from grantstream.testing import FakeFence, FixedCredentials, Mint, eventually
from tests.integration.events.consuming import consuming, the_dead_letter
from tests.integration.events.support import Topics, app_state, event_of, project_app


async def floor_of(pool: asyncpg.Pool, app_id: str) -> int | None:
    found: int | None = await pool.fetchval("select version from projection_floor where subject = $1", f"app/{app_id}")
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
    credentials = FixedCredentials.of(mint.token())
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}, credentials=credentials):
        for version in (1, 2, 3):
            await topics.send(event_of(app_state(app_id, version)), mint.token())
        await the_dead_letter(topics, group_id)
        assert await floor_of(pool, app_id) == 3
        [letter] = await eventually(
            lambda: list_dead_letters(
                topics.bootstrap_servers, mint.guard(), topics=["app.modified"], group_id=group_id
            )
        )  # fmt: skip
        broken = False
        asked = await redrive(topics.bootstrap_servers, credentials, [letter])
        [told] = await outcomes(topics.bootstrap_servers, mint.guard(), asked, limit=15)
        assert told.outcome == "redriven"
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


async def test_dead_lettering_works_without_the_floor_table(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    await pool.execute("drop table projection_floor")
    group_id = await topics.group_at_end()

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        raise PoisonEvent("not understood")

    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}):
        await topics.send(event_of(app_state()), mint.token())
        await the_dead_letter(topics, group_id)
