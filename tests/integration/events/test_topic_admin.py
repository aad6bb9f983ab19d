"""Topics are made as the register has them, again and again without harm."""

from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from grantstream.contracts.claims import RULE_LIFETIME
from grantstream.contracts.topics import TOPICS
from grantstream.kafka.topic_admin import apply_topics
from grantstream.kafka.topic_settings import wanted_topics
from grantstream.testing import eventually
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator


async def _configs(bootstrap_servers: str, topic: str) -> dict[str, Any]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        return {entry[0]: entry[1] for entry in answer.resources[0][4]}
    finally:
        await admin.close()


async def test_a_second_run_finds_nothing_to_do(all_topics: str) -> None:
    assert await apply_topics(all_topics) == []


async def test_fence_rules_have_broker_times_and_outlive_tokens(all_topics: str) -> None:
    found = await _configs(all_topics, "fence")
    assert found["message.timestamp.type"] == "LogAppendTime"
    assert int(found["retention.ms"]) >= 2 * RULE_LIFETIME.total_seconds() * 1000
    assert int(found["segment.ms"]) <= int(found["retention.ms"]) / 4


async def test_a_state_topic_keeps_history_for_a_limited_time(all_topics: str) -> None:
    found = await _configs(all_topics, "user.modified")
    assert found["cleanup.policy"] == "compact"
    assert int(found["min.compaction.lag.ms"]) == 7 * 86_400_000
    assert int(found["max.compaction.lag.ms"]) > int(found["min.compaction.lag.ms"])


async def test_missing_topics_are_added_and_differences_reported(own_kafka: OwnBroker) -> None:
    servers = own_kafka.bootstrap_servers
    await Operator(servers).delete(*(wanted.name for wanted in wanted_topics(1)))
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic("app.registered", 1, 1, topic_configs={"cleanup.policy": "delete"})])
    await admin.close()
    await eventually(lambda: Operator(servers).topic("app.registered"), what="the topic shown")
    told: list[str] = []
    lines = await apply_topics(servers, report=told.append)
    assert lines == told
    assert sum(line.endswith(": created") for line in lines) == 2 * len(TOPICS) - 1
    assert "app.registered: 6 partitions instead of 1" in lines
    assert "app.registered: differs: cleanup.policy is delete, and the register has compact" in lines
    assert all(line.startswith("app.registered: differs") for line in await apply_topics(servers))
