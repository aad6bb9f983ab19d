"""What operators and accidents do to topics and groups, each in one call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import GroupIdNotFound, NoError, PolicyViolationError, for_code
from aiokafka.protocol.admin import DeleteGroupsRequest

from grantstream.events.topic_admin import apply_topics
from grantstream.events.topic_settings import wanted_topics
from grantstream.kafka.topic_description import describe_topics
from grantstream.testing import eventually


@asynccontextmanager
async def _admin(servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def move_offsets(servers: str, group_id: str, topic: str, offset: int | None) -> None:
    """Moves the committed offsets of a group without members; None: to the end."""
    async with AIOKafkaConsumer(bootstrap_servers=servers, group_id=group_id, enable_auto_commit=False) as consumer:
        partitions = [TopicPartition(topic, number) for number in range(6)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        await consumer.commit({each: end if offset is None else offset for each, end in ends.items()})


async def delete_offsets(servers: str, group_id: str) -> None:
    """Deletes a group, once it has no members, with all that it committed."""
    async with _admin(servers) as admin:

        async def is_deleted() -> bool:
            coordinator = await admin.find_coordinator(group_id)
            answer = await admin._send_request_to_node(coordinator, DeleteGroupsRequest([group_id]))
            return [for_code(code) for _, code in answer.results] in ([NoError], [GroupIdNotFound])

        await eventually(is_deleted, what=f"that the group {group_id} is deleted")


async def delete_records(servers: str, topic: str, partition: int, before: int) -> None:
    """Deletes the records of a partition before an offset, for which its topic must not be compacted meanwhile."""
    await _set_policy(servers, topic, "delete")
    async with _admin(servers) as admin:

        async def are_deleted() -> bool:
            place = TopicPartition(topic, partition)
            with suppress(PolicyViolationError):
                return bool((await admin.delete_records({place: RecordsToDelete(before_offset=before)}))[place])
            return False

        await eventually(are_deleted, what=f"that the records of {topic}/{partition} before {before} are deleted")
    await _set_policy(servers, topic, "compact")


async def _set_policy(servers: str, topic: str, policy: str) -> None:
    config = next(each.config for each in wanted_topics(replication=1) if each.name == topic)
    async with _admin(servers) as admin:
        changed = {**config, "cleanup.policy": policy}
        [answer] = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, changed)])
        assert [for_code(code) for code, *_ in answer.resources] == [NoError]


async def delete_topic(servers: str, topic: str) -> None:
    """Returns once the topic is gone."""
    async with _admin(servers) as admin:
        await admin.delete_topics([topic])

        async def is_gone() -> bool:
            return not await describe_topics(admin._client, [topic])

        await eventually(is_gone, what=f"that {topic} is gone")


async def replace_topic(servers: str, topic: str) -> None:
    """Deletes a topic of the register and creates it anew."""
    await delete_topic(servers, topic)
    await apply_topics(servers)
