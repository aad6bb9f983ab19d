"""The end of a transaction takes an offset that is no record's. Nobody waits for one there."""

import uuid
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.server_access import KafkaAccess
from grantstream.contracts.topics import KEY_PUBLISHED
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.kafka.topic_admin import apply_topics
from grantstream.testing import Mint
from tests.integration.guard.test_guarded_process import process

__all__ = ["process"]


@pytest.fixture
def mint() -> Mint:
    return Mint()


@pytest.fixture
async def producer(kafka: KafkaAccess) -> AsyncIterator[AIOKafkaProducer]:
    await apply_topics(kafka.bootstrap_servers)
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, transactional_id=str(uuid.uuid4()))
    async with producer:
        yield producer


async def test_a_foreign_transaction_does_not_block_key_catch_up(
    kafka: KafkaAccess,
    producer: AIOKafkaProducer,
    process: GuardedProcess,
) -> None:
    for number in range(KEY_PUBLISHED.partitions):
        await producer.begin_transaction()
        await producer.send_and_wait(KEY_PUBLISHED.name, b"{}", key=b"stranger", partition=number)
        # Read before the transaction ends, so that its end comes alone.
        await process.catch_up_keys(5.0)
        await producer.abort_transaction()
    await process.catch_up_keys(5.0)
