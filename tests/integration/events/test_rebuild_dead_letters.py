"""Live and replay decide alike: what a group could not take is in none of its tables until it is redriven."""

from typing import Any

import asyncpg
import pytest

from grantstream.events.errors import PoisonEvent
from grantstream.events.replay.rebuild import RebuildReport
from grantstream.testing import Mint, eventually
from tests.integration.events.consuming import consuming
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
    return await rebuilt(topics.bootstrap_servers, dsn, mint, group_id=group_id)


async def test_a_rebuild_omits_a_dead_letter_until_it_is_redriven(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id, handler, state = await topics.group_at_end(), DislikesVersionTwo(), app_state(version=1)
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}) as consumer:
        await append_all(topics.bootstrap_servers, mint, [state, app_state(state.app_id, 2)])
        [letter] = await eventually(consumer.dead_letters.read, what="a dead letter")
    assert await version_of(pool, state.app_id) == 1
    report = await replayed(topics, dsn, pool, mint, group_id)
    assert (report.left_out, await version_of(pool, state.app_id)) == (1, 1)
    assert (report.missed, report.is_clean) == ([state.app_id], False)
    assert (await replayed(topics, dsn, pool, mint, "another group")).left_out == 0
    assert await version_of(pool, state.app_id) == 2

    await pool.execute("update dead_letter set appended_at_ms = appended_at_ms - 1")  # another record: a topic anew
    assert (await replayed(topics, dsn, pool, mint, group_id)).left_out == 0
    await pool.execute("update dead_letter set appended_at_ms = appended_at_ms + 1")

    await replayed(topics, dsn, pool, mint, group_id)
    handler.repaired = True
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}) as consumer:
        assert [each.outcome async for each in consumer.dead_letters.redrive([letter])] == ["redriven"]
    assert await version_of(pool, state.app_id) == 2
    report = await replayed(topics, dsn, pool, mint, group_id)
    assert (report.left_out, await version_of(pool, state.app_id)) == (0, 2)
