"""What a producer had in hand when it was closed is given up without a complaint from futures that nobody looks at."""

import asyncio
import gc
from typing import Any

from aiokafka import TopicPartition
from aiokafka.cluster import ClusterMetadata
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import MessageAccumulator

from grantstream.kafka.producer_end import _give_up_batches


async def test_batches_given_up_end_every_wait_without_complaints() -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    accumulator = MessageAccumulator(ClusterMetadata(), 16_384, 0, 30)
    waiting, *unwatched = [
        await accumulator.add_message(TopicPartition("topic", 0), b"key", b"value", 5) for _ in range(3)
    ]
    _give_up_batches(accumulator)
    assert isinstance(waiting.exception(), KafkaError)
    del accumulator, unwatched
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []
