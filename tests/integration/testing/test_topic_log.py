"""The log of a test has what was appended since the test began, in any partition."""

from aiokafka import AIOKafkaProducer

from grantstream.contracts.topics import RECEIPT_POSTED
from grantstream.testing.topic_log import TopicLog
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator


async def test_records_in_partitions_added_at_any_time_are_seen(own_kafka: OwnBroker) -> None:
    operator = Operator(own_kafka.bootstrap_servers)
    await operator.create_missing()
    async with AIOKafkaProducer(bootstrap_servers=own_kafka.bootstrap_servers, acks="all") as producer:
        await operator.grow(RECEIPT_POSTED.name, 7)
        await producer.send_and_wait(RECEIPT_POSTED.name, b"before", partition=6)
        async with TopicLog(own_kafka.bootstrap_servers) as log:
            await operator.grow(RECEIPT_POSTED.name, 8)
            await producer.client.force_metadata_update()
            for partition in (6, 7):
                await producer.send_and_wait(RECEIPT_POSTED.name, b"%d" % partition, partition=partition)
            seen = [record.value for record in await log.since_opened(RECEIPT_POSTED.name)]
    assert sorted(seen) == [b"6", b"7"]
