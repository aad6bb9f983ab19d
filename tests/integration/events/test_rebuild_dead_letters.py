"""Live and replay decide alike: what a group could not take is in none of its tables until it is driven again."""

from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from grantstream.events.dead.dead_letter_index import DeadLetterIndex
from grantstream.events.dead.dead_letter_reading import DeadLetter, list_dead_letters
from grantstream.events.dead.redrive import outcomes, redrive
from grantstream.events.errors import PoisonEvent
from grantstream.events.replay.rebuild_report import RebuildReport
from grantstream.testing import FixedCredentials, Mint, eventually
from tests.integration.events.consuming import consuming, until_version
from tests.integration.events.rebuilding import append_all, rebuilt
from tests.integration.events.support import Topics, app_state, project_app, version_of


@pytest.fixture
def mint() -> Mint:
    """Trusted in this test alone."""
    return Mint()


class DislikesVersionTwo:
    """A handler that can't take version 2 until it is repaired."""

    repaired = False

    async def __call__(self, connection: Any, event: Any, envelope: Any) -> None:
        if event.version == 2 and not self.repaired:
            raise PoisonEvent("not understood")
        await project_app(connection, event, envelope)


async def replayed(topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint, group_id: str) -> RebuildReport:
    """From nothing: the live rows can tell the rebuild nothing."""
    await pool.execute("truncate app")
    index = await DeadLetterIndex.load(topics.bootstrap_servers, mint.guard(), group_id)
    return await rebuilt(topics.bootstrap_servers, dsn, mint, dead_letters=index)


async def test_a_rebuild_omits_a_dead_letter_until_it_is_redriven(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id, handler, state = await topics.group_at_end(), DislikesVersionTwo(), app_state(version=1)
    credentials = FixedCredentials.of(mint.token())

    async def letters() -> list[DeadLetter]:
        """A copy is there a moment before the mark that decides."""
        found = await list_dead_letters(
            topics.bootstrap_servers, mint.guard(), topics=["app.modified"], group_id=group_id
        )
        return [letter for letter in found if letter.vouched]

    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}, credentials=credentials):
        await append_all(topics.bootstrap_servers, mint, [state, app_state(state.app_id, 2)])
        [letter] = await eventually(letters, what="a dead letter")
    assert await version_of(pool, state.app_id) == 1
    report = await replayed(topics, dsn, pool, mint, group_id)
    assert (report.left_out, await version_of(pool, state.app_id)) == (1, 1)
    assert (report.missed, report.is_clean) == ([state.app_id], False)
    assert (await replayed(topics, dsn, pool, mint, "another group")).left_out == 0
    assert await version_of(pool, state.app_id) == 2

    await replayed(topics, dsn, pool, mint, group_id)
    handler.repaired = True
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}, credentials=credentials):
        asked = await redrive(topics.bootstrap_servers, credentials, [letter])
        [told] = await outcomes(topics.bootstrap_servers, mint.guard(), asked, limit=20.0)
        assert told.outcome == "redriven"
        await until_version(pool, state.app_id, 2)
    report = await replayed(topics, dsn, pool, mint, group_id)
    assert (report.left_out, await version_of(pool, state.app_id)) == (0, 2)

    await append_again(topics, "event.set_aside", group_id)
    report = await replayed(topics, dsn, pool, mint, group_id)
    assert (report.left_out, await version_of(pool, state.app_id)) == (0, 2)


async def append_again(topics: Topics, event_type: str, group_id: str) -> None:
    """What anybody can do who may append to the topic."""
    [mark, *_] = await topics.records(
        "dead.letter",
        lambda record: dict(record.headers)["ce_type"] == event_type.encode() and group_id.encode() in record.key,
    )
    producer = AIOKafkaProducer(bootstrap_servers=topics.bootstrap_servers)
    await producer.start()
    try:
        await producer.send_and_wait(mark.topic, mark.value, key=mark.key, headers=list(mark.headers))
    finally:
        await producer.stop()
