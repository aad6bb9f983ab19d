"""What an operator does to a topic of the register, in tests that have a broker of their own."""

from functools import partial

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from grantstream.events.topic_settings import wanted_topics
from grantstream.testing import eventually

TAKEN = {"message.timestamp.type": "CreateTime"}
REFUSED = TAKEN | {"message.timestamp.before.max.ms": "3600000"}
"""A broker that dates nothing takes records of any past time, unless it is told not to."""


async def configure(bootstrap_servers: str, topic: str, **changes: str) -> None:
    """Sets a topic up as the register has it, but for some settings."""
    [wanted] = [settings for settings in wanted_topics(1) if settings.name == topic]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        # Kafka's older request, which aiokafka speaks, replaces all that was set before.
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, wanted.config | changes)
        for answer in await admin.alter_configs([resource]):
            assert answer.resources[0][0] == 0, answer
        await eventually(partial(_has, admin, topic, wanted.config | changes), what=f"{topic} set up so")
    finally:
        await admin.close()


async def _has(admin: AIOKafkaAdminClient, topic: str, config: dict[str, str]) -> bool:
    [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    found = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    return config.items() <= found.items()


async def grow(bootstrap_servers: str, topic: str, partitions: int) -> None:
    """Gives a topic more partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        await admin.create_partitions({topic: NewPartitions(partitions)})

        async def are_there() -> bool:
            [found] = await admin.describe_topics([topic])
            return len(found["partitions"]) == partitions

        await eventually(are_there, what=f"{partitions} partitions of {topic}")
    finally:
        await admin.close()
