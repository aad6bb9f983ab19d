"""An event whose signing key is not known yet is waited for, and holds up nobody else for long."""

import asyncio
import time
from dataclasses import replace

import asyncpg

from grantstream.testing import Mint, eventually
from tests.integration.events.consuming import FAST, consuming, the_dead_letter, until_version
from tests.integration.events.support import Topics, app_state, event_of


async def test_many_unknown_keys_are_waited_for_together(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, state = await topics.group_at_end(), app_state()
    for _ in range(12):
        await topics.send(event_of(app_state()), Mint().token())
    await topics.send(event_of(state), mint.token())
    began = time.monotonic()
    async with consuming(topics, pool, mint, group_id, settings=replace(FAST, key_limit=4.0, max_records=200)):
        await until_version(pool, state.app_id, 1)

        async def all_set_aside() -> bool:
            return len(await topics.dead_letters("app.modified", group_id)) == 12

        await eventually(all_set_aside)
    assert time.monotonic() - began < 32  # one after the other would take 48


async def test_an_unknown_key_is_refused_once_all_keys_are_known(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id, asked = await topics.group_at_end(), 0

    async def catch_up(_limit: float) -> None:
        nonlocal asked
        asked += 1

    patient = replace(FAST, key_limit=60.0)
    async with consuming(topics, pool, mint, group_id, settings=patient, catch_up_keys=catch_up):
        await topics.send(event_of(app_state()), Mint().token())
        await the_dead_letter(topics, group_id)
    assert asked == 1


async def test_a_new_process_reads_keys_before_judging_old_events(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    """After a start the keys come later than the first events, and the broker may not answer at once."""
    group_id, state, retired = await topics.group_at_end(), app_state(), Mint("retired")
    keys, tries = mint.keys(), 0

    async def catch_up(_limit: float) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise TimeoutError
        keys.add(retired.jwk)

    impatient = replace(FAST, key_limit=0.0, clock_tolerance=0.0)  # so that whatever waits for its age is refused
    await topics.send(event_of(state), retired.token())
    guard = mint.guard(keys=keys)
    async with consuming(topics, pool, mint, group_id, guard=guard, settings=impatient, catch_up_keys=catch_up):
        await until_version(pool, state.app_id, 1)
    assert await topics.dead_letters("app.modified", group_id) == []


async def test_what_is_too_old_waits_for_no_key(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    place = await topics.send(event_of(app_state()), Mint().token())
    settings = replace(FAST, key_limit=1.0, clock_tolerance=0.0)
    await eventually(lambda: time.time() > place.timestamp / 1000 + 1.0, what="an old event")
    began = asyncio.get_running_loop().time()
    async with consuming(topics, pool, mint, group_id, settings=replace(settings, key_poll=30.0)):
        await the_dead_letter(topics, group_id)
    assert asyncio.get_running_loop().time() - began < 20
