"""The servers that the other integration tests stand on."""

import uuid

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import TopicPartition

from deploy.local.server_access import KafkaAccess


async def test_a_fresh_database_is_empty_and_writable(database_dsn: str) -> None:
    connection = await asyncpg.connect(database_dsn)
    try:
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
        await connection.execute("CREATE TABLE note (body text)")
    finally:
        await connection.close()


async def test_the_broker_stamps_records_with_its_own_clock(kafka: KafkaAccess) -> None:
    topic = f"stamped-{uuid.uuid4()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    await producer.start()
    await producer.send_and_wait(topic, b"x", timestamp_ms=1000)
    await producer.stop()
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(topic, 0)])
    record = await consumer.getone()
    await consumer.stop()
    log_append_time = 1
    assert record.timestamp_type == log_append_time
    assert record.timestamp > 1000
