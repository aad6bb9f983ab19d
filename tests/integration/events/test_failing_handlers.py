"""A fault that passes holds an event up; one of the event's own sets it aside; nothing is committed past either."""

from typing import Any

import asyncpg
import pytest

from grantstream.events.dead import copies as names
from grantstream.events.dead.copies import DeadLetterCopies
from grantstream.events.errors import DeadLetterFailed, PassingFault
from grantstream.testing import Mint, eventually
from tests.integration.events.consuming import FAST, consuming, marker, the_dead_letter, until_version
from tests.integration.events.support import Topics, app_state, event_of, project_app, version_of


class Failing:
    """A handler that fails as often as it is told, and then projects."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.times, self.calls = error, times, 0

    async def __call__(self, connection: Any, state: Any, envelope: Any) -> None:
        self.calls += 1
        await project_app(connection, state, envelope)
        if self.calls <= self.times:
            raise self.error


async def test_a_transient_fault_is_retried_until_it_passes(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    handler = Failing(PassingFault("not yet"), times=3 * FAST.poison_tries)
    state = app_state()
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}):
        await topics.send(event_of(state), mint.token())
        await until_version(pool, state.app_id, 1)
    assert await topics.dead_letters("app.modified", group_id) == []


async def test_a_failing_event_is_retried_and_then_dead_lettered(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id = await topics.group_at_end()
    state = app_state()
    poisonous = Failing(KeyError("a bug"), times=10_000)

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        await (poisonous if event.app_id == state.app_id and event.version == 1 else project_app)(
            connection, event, envelope
        )

    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}):
        await topics.send(event_of(state), mint.token())
        await marker(topics, pool, mint, state.app_id)
    letter = await the_dead_letter(topics, group_id)
    assert dict(letter.headers)[names.REASON] == b"handler_failed"
    assert poisonous.calls >= FAST.poison_tries


async def test_one_bad_event_in_a_batch_spoils_no_other(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    states = [app_state() for _ in range(20)]
    bad = states[7].app_id

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        await project_app(connection, event, envelope)
        if event.app_id == bad:
            await connection.execute("select 1/0")

    for state in states:
        await topics.send(event_of(state), mint.token())
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}):

        async def is_done() -> bool:
            return bool(await pool.fetchval("select count(*) from app") == 19)

        await eventually(is_done)
        letter = await the_dead_letter(topics, group_id)
    assert letter.key == bad.encode()
    assert dict(letter.headers)[names.REASON] == b"event_not_storable"
    assert await version_of(pool, bad) is None


class UnreachableDeadLetters(DeadLetterCopies):
    """Dead letters that can't be published until they may."""

    allowed = False
    tries = 0

    async def publish(self, refused: Any) -> None:
        type(self).tries += 1
        if not self.allowed:
            raise DeadLetterFailed(refused[0][0].topic)
        await super().publish(refused)


async def test_no_commit_while_dead_letters_cannot_be_published(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grantstream.events.consuming.consumer.DeadLetterCopies", UnreachableDeadLetters)
    group_id = await topics.group_at_end()
    async with consuming(topics, pool, mint, group_id) as consumer:
        place = await topics.send(event_of(app_state()), None)
        before = await topics.committed(group_id, place)
        await eventually(lambda: UnreachableDeadLetters.tries > 3)
        assert await topics.committed(group_id, place) == before == place.offset
        assert len(await consumer.dead_letters.read()) == 1
    assert await topics.dead_letters("app.modified", group_id) == []
    UnreachableDeadLetters.allowed = True
    async with consuming(topics, pool, mint, group_id) as consumer:
        await the_dead_letter(topics, group_id)

        async def is_committed() -> bool:
            return await topics.committed(group_id, place) == place.offset + 1

        await eventually(is_committed)
        assert len(await consumer.dead_letters.read()) == 1
