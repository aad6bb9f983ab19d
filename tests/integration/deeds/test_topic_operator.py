"""The operator does to topics what it says, on a broker of its own, and returns when the broker shows it."""

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from grantstream.contracts.topics import APP_MODIFIED, FENCE, RECEIPT_POSTED
from grantstream.kafka.topic_admin import apply_topics, check_topics
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import DeedFailed, Operator

TOPIC, GROUP = RECEIPT_POSTED.name, "readers"


@pytest.fixture
async def operator(own_kafka: OwnBroker) -> Operator:
    found = Operator(own_kafka.bootstrap_servers)
    await found.create_missing()
    return found


async def _append(operator: Operator, topic: str, count: int) -> None:
    async with AIOKafkaProducer(bootstrap_servers=operator.bootstrap_servers, acks="all") as producer:
        for number in range(count):
            await producer.send_and_wait(topic, b"{}", key=b"%d" % number, partition=0)


async def _read_all(operator: Operator, topic: str, count: int) -> None:
    """A member of the group reads so many records and leaves."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=operator.bootstrap_servers,
        group_id=GROUP,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        for _ in range(count):
            await consumer.getone()
        await consumer.commit()
    finally:
        await consumer.stop()


async def test_a_topic_grows_and_is_replaced_under_its_name(operator: Operator) -> None:
    before = await operator.topic(TOPIC)
    await operator.grow(TOPIC, 8)
    grown = await operator.topic(TOPIC)
    assert before is not None
    assert grown is not None
    assert grown.partitions == frozenset(range(8))
    assert grown.topic_id == before.topic_id
    await operator.replace(TOPIC)
    another = await operator.topic(TOPIC)
    assert another is not None
    assert another.partitions == before.partitions
    assert another.topic_id != before.topic_id


async def test_a_deleted_topic_is_gone_until_created_again(operator: Operator) -> None:
    await operator.delete(TOPIC, f"{TOPIC}.dead")
    assert await operator.topic(TOPIC) is None
    assert sorted(await operator.create_missing()) == [f"{TOPIC}.dead: created", f"{TOPIC}: created"]
    assert await operator.topic(TOPIC) is not None


async def test_settings_change_one_by_one_and_are_all_reset(operator: Operator) -> None:
    await operator.set_config(TOPIC, {"compression.type": "zstd"})
    await operator.set_config(TOPIC, {"max.message.bytes": "100"})
    found = await operator.config(TOPIC)
    assert (found["compression.type"], found["max.message.bytes"]) == ("zstd", "100")
    assert found["message.timestamp.type"] == "LogAppendTime"
    await operator.unset_config(TOPIC, "max.message.bytes")
    assert (await operator.config(TOPIC))["max.message.bytes"] != "100"
    assert len(await check_topics(operator.bootstrap_servers)) == 2 - 1
    await operator.put_right(TOPIC)
    assert await check_topics(operator.bootstrap_servers) == []


async def test_a_setting_that_there_is_not_is_refused(operator: Operator) -> None:
    with pytest.raises(DeedFailed, match="does not take"):
        await operator.set_config(TOPIC, {"compression.type": "none at all"})


async def test_records_are_deleted_up_to_a_place_or_all_of_them(operator: Operator) -> None:
    await operator.replace(TOPIC)
    await _append(operator, TOPIC, 5)
    await operator.delete_records(TOPIC, leave=2)
    assert (await operator.starts(TOPIC))[0] == 3
    await operator.delete_records(TOPIC, before={0: 4})
    assert (await operator.starts(TOPIC))[0] == 4
    await operator.delete_records(TOPIC)
    assert await operator.starts(TOPIC) == await operator.ends(TOPIC)


async def test_expired_records_are_deleted_within_seconds(operator: Operator) -> None:
    await operator.replace(TOPIC)
    await _append(operator, TOPIC, 5)
    await operator.set_config(TOPIC, {"retention.ms": "1"})
    await operator.until_records_are_gone(TOPIC)
    assert (await operator.starts(TOPIC))[0] == 5
    await operator.put_right(TOPIC)


async def test_a_group_without_members_is_moved_and_deleted(operator: Operator) -> None:
    await operator.replace(TOPIC)
    await _append(operator, TOPIC, 5)
    await _read_all(operator, TOPIC, 3)
    place = TopicPartition(TOPIC, 0)
    await operator.move_group(GROUP, "end", [TOPIC])
    assert (await operator.committed(GROUP))[place] == 5
    await operator.move_group(GROUP, "start", [TOPIC])
    assert (await operator.committed(GROUP))[place] == 0
    await operator.forget_group(GROUP)
    assert await operator.committed(GROUP) == {}
    await operator.forget_group(GROUP)


async def test_starting_over_leaves_the_registered_topics_empty(operator: Operator) -> None:
    await operator.grow(TOPIC, 8)
    await operator.set_config(FENCE.name, {"retention.ms": "1"})
    await operator.delete(APP_MODIFIED.name)
    await _append(operator, TOPIC, 5)
    await operator.begin_anew()
    assert await check_topics(operator.bootstrap_servers) == []
    assert set(await operator.ends(TOPIC)) == set(range(RECEIPT_POSTED.partitions))
    assert set((await operator.ends(TOPIC)).values()) == {0}


async def test_a_wiped_broker_keeps_its_address_and_has_no_topics(own_kafka: OwnBroker, operator: Operator) -> None:
    before = await operator.topic(TOPIC)
    own_kafka.lose_everything()
    assert await operator.topic(TOPIC) is None
    await apply_topics(own_kafka.bootstrap_servers)
    after = await operator.topic(TOPIC)
    assert before is not None
    assert after is not None
    assert before.topic_id != after.topic_id
