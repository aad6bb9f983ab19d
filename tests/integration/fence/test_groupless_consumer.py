"""Stopping a consumer at awkward moments of its fetches."""

import asyncio

from aiokafka import TopicPartition

from grantstream.contracts.topics import FENCE
from grantstream.kafka.groupless_consumer import GrouplessConsumer
from grantstream.testing import eventually
from tests.integration.fence.conftest import Waters


async def test_stopping_cancels_nobody_and_closes_the_connections(waters: Waters) -> None:
    consumer = GrouplessConsumer(bootstrap_servers=waters.bootstrap_servers)
    await consumer.start()
    consumer.assign([TopicPartition(FENCE.name, 0)])
    await consumer.seek_to_end()
    # What aiokafka does after a fetch that failed: the pause is the one place where its cancellation is not caught.
    consumer._fetcher._pending_tasks.add(asyncio.create_task(asyncio.sleep(60)))
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.wait({stopping})
    assert not stopping.cancelled()
    assert consumer._client._sync_task is None or consumer._client._sync_task.done()
    assert not any(connection.connected() for connection in consumer._client._conns.values())


async def test_a_consumer_can_be_stopped_right_after_reassignment(waters: Waters) -> None:
    async with asyncio.timeout(60):
        for turns in range(6):
            async with GrouplessConsumer(bootstrap_servers=waters.bootstrap_servers) as consumer:
                partition = TopicPartition(FENCE.name, 0)
                consumer.assign([partition])
                await consumer.seek_to_end()
                await consumer.position(partition)
                await eventually(lambda: consumer._fetcher._pending_tasks, what="a fetch under way")
                consumer.assign([partition])
                for _ in range(turns):
                    await asyncio.sleep(0)
