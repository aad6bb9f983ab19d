"""A projection counts as recent while what it lacks, if anything, is young enough for the fence to tell of it."""

import asyncio
import time
import uuid
from datetime import timedelta
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer

from grantstream.contracts import topics as register
from grantstream.events.consuming.projection_recency import ProjectionRecency
from grantstream.testing import Mint, eventually
from tests.deeds.topic_operator import Operator
from tests.integration.events.consuming import consuming, until_version
from tests.integration.events.support import APP_HANDLERS, Topics, event_of, registered

FOLLOWED = tuple(register.TOPICS[name] for name in APP_HANDLERS)
A_MOMENT = timedelta(milliseconds=200)
LONG = timedelta(hours=1)


class Clock:
    """Seconds, as a test says."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def recency(topics: Topics, pool: asyncpg.Pool, group_id: str, **options: Any) -> ProjectionRecency:
    return ProjectionRecency(topics.bootstrap_servers, group_id, FOLLOWED, pool, **options)


async def _asked(asked: ProjectionRecency) -> bool:
    await asked.ask()
    return asked.is_recent()


async def settled(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> str:
    """A group that has its places at the ends of the topics, and no member."""
    group_id = await topics.group_at_end()
    async with consuming(topics, pool, mint, group_id) as member:
        await eventually(member.is_ready)
    return group_id


async def test_a_group_is_not_recent_until_it_applies_old_changes(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id, state = await settled(topics, pool, mint), registered()
    await topics.send(event_of(state), mint.token())

    async def lacks_it() -> bool:
        return not await _asked(recency(topics, pool, group_id, tolerated=A_MOMENT))

    assert await _asked(recency(topics, pool, group_id, tolerated=LONG))
    await eventually(lacks_it, what="that the change is older than a moment")
    async with consuming(topics, pool, mint, group_id):
        await until_version(pool, state.app_id, 1)

        async def has_it() -> bool:
            return not await lacks_it()

        await eventually(has_it, what="that the place is behind the change")


async def test_offsets_at_the_broker_prove_nothing(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await settled(topics, pool, mint)
    await topics.send(event_of(registered()), mint.token())
    await Operator(topics.bootstrap_servers).move_group(group_id, "end", ["app.registered"])

    async def lacks_it() -> bool:
        return not await _asked(recency(topics, pool, group_id, tolerated=A_MOMENT))

    await eventually(lacks_it, what="that the change is older than a moment")


async def test_a_group_that_never_read_lacks_all_old_changes(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    await topics.send(event_of(registered()), mint.token())
    nobody = str(uuid.uuid4())

    async def lacks_them() -> bool:
        return not await _asked(recency(topics, pool, nobody, tolerated=A_MOMENT))

    await eventually(lacks_them, what="that the change is older than a moment")


async def test_a_group_under_load_is_waited_for(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, state = await settled(topics, pool, mint), registered()
    await topics.send(event_of(state), mint.token())
    asked = recency(topics, pool, group_id, tolerated=timedelta(0))
    asking = asyncio.create_task(_asked(asked))
    async with consuming(topics, pool, mint, group_id):
        assert await asking
    assert asked.why_not() == ""


async def test_an_answer_counts_for_a_while_only(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, clock = await settled(topics, pool, mint), Clock()
    asked = recency(topics, pool, group_id, proof_lasts=timedelta(seconds=60), clock=clock)
    assert not asked.is_recent()
    assert asked.why_not() == "nothing is known yet of how recent the projections are"
    assert await _asked(asked)
    clock.now = 59.0
    assert asked.is_recent()
    clock.now = 61.0
    assert not asked.is_recent()
    assert asked.why_not() == "the last proof that the projections are recent is too old"


async def test_changes_older_than_a_new_fence_must_be_applied(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    """However young: whatever it was told before is forgotten, up to the difference between clocks."""
    group_id, state = await settled(topics, pool, mint), registered()
    began = 0.0
    asked = recency(topics, pool, group_id, covers_since=lambda: began)
    await topics.send(event_of(state), mint.token())
    assert await _asked(asked)
    appended = time.time()

    async def is_older_than_the_fence() -> bool:
        nonlocal began
        began = time.time() - 30.0
        return began > appended - 29.5

    await eventually(is_older_than_the_fence)
    assert not asked.is_recent()
    assert not await _asked(asked)
    assert f"the group {group_id} has not taken in old changes of app.registered/" in asked.why_not()
    async with consuming(topics, pool, mint, group_id):
        await until_version(pool, state.app_id, 1)

        async def has_it() -> bool:
            return await _asked(asked)

        await eventually(has_it, what="that the place is behind the change")
    began = time.time()
    assert await _asked(asked)


async def test_a_transaction_marker_does_not_count_as_a_change(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    """It takes an offset, and no consumer ever sees a record there."""
    stranger = AIOKafkaProducer(bootstrap_servers=topics.bootstrap_servers, transactional_id=str(uuid.uuid4()))
    async with stranger:
        await stranger.begin_transaction()
        await stranger.send_and_wait("app.modified", b"{}", key=b"stranger", partition=0)
        group_id = await settled(topics, pool, mint)
        await stranger.abort_transaction()
    assert await _asked(recency(topics, pool, group_id, tolerated=timedelta(0)))
