"""A projection counts as recent while what it lacks, if anything, is young enough for the fence to tell of it."""

import uuid
from datetime import timedelta

import asyncpg
from aiokafka import AIOKafkaProducer

from grantstream.contracts import topics as register
from grantstream.events.consuming.projection_recency import ProjectionRecency
from grantstream.testing import Mint, eventually
from tests.integration.events.consuming import consuming, until_version
from tests.integration.events.support import APP_HANDLERS, Topics, event_of, registered

FOLLOWED = tuple(register.TOPICS[name] for name in APP_HANDLERS)
A_MOMENT = timedelta(milliseconds=200)


class Clock:
    """Seconds, as a test says."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def _asked(recency: ProjectionRecency) -> bool:
    await recency.ask()
    return recency.is_recent()


async def test_a_group_that_lacks_an_old_change_is_not_recent_until_it_has_taken_it_in(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id, state = await topics.group_at_end(), registered()
    await topics.send(event_of(state), mint.token())
    servers = topics.bootstrap_servers

    async def lacks_it() -> bool:
        return not await _asked(ProjectionRecency(servers, group_id, FOLLOWED, tolerated=A_MOMENT))

    assert await _asked(ProjectionRecency(servers, group_id, FOLLOWED, tolerated=timedelta(hours=1)))
    await eventually(lacks_it, what="that the change is older than a moment")
    async with consuming(topics, pool, mint, group_id):
        await until_version(pool, state.app_id, 1)

        async def has_it() -> bool:
            return not await lacks_it()

        await eventually(has_it, what="that the change was committed")


async def test_a_group_that_never_committed_lacks_all_old_changes(topics: Topics, mint: Mint) -> None:
    await topics.send(event_of(registered()), mint.token())
    nobody = str(uuid.uuid4())

    async def lacks_them() -> bool:
        return not await _asked(ProjectionRecency(topics.bootstrap_servers, nobody, FOLLOWED, tolerated=A_MOMENT))

    await eventually(lacks_them, what="that the change is older than a moment")


async def test_an_answer_of_the_broker_counts_for_a_while_only(topics: Topics) -> None:
    group_id, clock = await topics.group_at_end(), Clock()
    recency = ProjectionRecency(
        topics.bootstrap_servers, group_id, FOLLOWED, proof_lasts=timedelta(seconds=60), clock=clock
    )
    assert not recency.is_recent()
    assert await _asked(recency)
    clock.now = 59.0
    assert recency.is_recent()
    clock.now = 61.0
    assert not recency.is_recent()


async def test_the_end_of_a_strangers_transaction_is_no_change_that_a_group_lacks(topics: Topics) -> None:
    """It takes an offset, and no consumer ever sees a record there."""
    stranger = AIOKafkaProducer(bootstrap_servers=topics.bootstrap_servers, transactional_id=str(uuid.uuid4()))
    async with stranger:
        await stranger.begin_transaction()
        await stranger.send_and_wait("app.modified", b"{}", key=b"stranger", partition=0)
        group_id = await topics.group_at_end()
        await stranger.abort_transaction()

    async def is_recent() -> bool:
        recency = ProjectionRecency(topics.bootstrap_servers, group_id, FOLLOWED, tolerated=timedelta(0))
        return await _asked(recency)

    assert await is_recent()
