"""Programs of different age: what a newer one adds is passed over, what it breaks is set aside."""

import json
from dataclasses import replace

import asyncpg

from grantstream.events.dead import copies as names
from grantstream.testing import Mint
from tests.integration.events.consuming import consuming, the_dead_letter, until_version
from tests.integration.events.support import Topics, app_state, event_of, version_of


async def test_a_field_that_a_newer_program_adds_is_passed_over(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    event = event_of(app_state())
    newer = replace(event, data=json.dumps(json.loads(event.data) | {"colour": "green"}).encode())
    async with consuming(topics, pool, mint, group_id):
        await topics.send(newer, mint.token())
        await until_version(pool, event.key, 1)
    assert await topics.dead_letters("app.modified", group_id) == []


async def test_an_event_with_an_unknown_schema_is_dead_lettered(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    event = event_of(app_state())
    async with consuming(topics, pool, mint, group_id):
        await topics.send(replace(event, dataschema="urn:grantstream:event:app.modified:2"), mint.token())
        letter = await the_dead_letter(topics, group_id)
    assert dict(letter.headers)[names.REASON] == b"event_schema_unknown"
    assert await version_of(pool, event.key) is None
