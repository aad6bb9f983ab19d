"""Kafka: does it answer, does every partition have a leader and its copies, are the topics correct."""

import asyncio
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from grantstream.cli.doctor.finding import Finding, warning, well, wrong
from grantstream.cli.target import Target
from grantstream.contracts.topics import TOPICS
from grantstream.kafka.topic_admin import check_topics

_ANSWER_SECONDS: Final = 8.0
_NAMED: Final = 3
_HARMLESS: Final = ("compression.type",)


async def examine_brokers(target: Target) -> list[Finding]:
    """Asks the cluster about itself, and compares its topics with the register."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            brokers, topics = await _cluster(target.kafka)
    except (KafkaError, OSError, TimeoutError) as error:
        return [
            wrong(f"No broker answers at {target.kafka} ({type(error).__name__}): nothing can change until one does.")
        ]
    known = {name for topic in TOPICS.values() for name in (topic.name, topic.dead_letters)}
    faults = [*_partitions([topic for topic in topics if topic["topic"] in known]), *await _topics(target.kafka)]
    return faults or [well(f"{brokers} broker{'s' * (brokers > 1)}, and all topics are as the register has them.")]


async def _cluster(bootstrap_servers: str) -> tuple[int, list[dict[str, Any]]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        return len((await admin.describe_cluster())["brokers"]), await admin.describe_topics()
    finally:
        await admin.close()


def _partitions(topics: list[dict[str, Any]]) -> list[Finding]:
    """Findings on partitions without a leader or in-sync copies."""
    places = [(f"{topic['topic']}/{each['partition']}", each) for topic in topics for each in topic["partitions"]]
    leaderless = [place for place, each in places if each["leader"] < 0]
    behind = [place for place, each in places if each["leader"] >= 0 and len(each["isr"]) < len(each["replicas"])]
    faults = []
    if leaderless:
        faults.append(
            wrong(f"{_first_few(leaderless)} have no leader: a broker is down, and nothing can be written there.")
        )
    if behind:
        faults.append(wrong(f"{_first_few(behind)} lack copies in sync: a broker is down or can't keep up."))
    return faults


async def _topics(bootstrap_servers: str) -> list[Finding]:
    lines = await check_topics(bootstrap_servers)
    missing = [line.partition(":")[0] for line in lines if line.endswith(": missing")]
    faults = []
    if missing:
        faults.append(wrong(f"{_first_few(missing)} do not exist: run `grantstream topics apply`."))
    faults += [_difference(line) for line in lines if not line.endswith(": missing")]
    return faults


def _difference(line: str) -> Finding:
    topic, _, what = line.partition(": differs: ")
    if what.startswith(_HARMLESS):
        return warning(f"Topic {topic} is not as the register has it: {what}. Every reader copes with that.")
    why = ", so nothing on it is believed" if what.startswith("message.timestamp.type") else ""
    return wrong(f"Topic {topic} is not as the register has it: {what}{why}.")


def _first_few(names: list[str]) -> str:
    """The first few by name, and how many more."""
    named = ", ".join(names[:_NAMED])
    return f"{named} and {len(names) - _NAMED} more" if len(names) > _NAMED else named
