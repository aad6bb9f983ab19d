"""Creates and checks the topics of the register. It never deletes anything."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from grantstream.contracts.no_op import no_op
from grantstream.contracts.topics import FENCE
from grantstream.kafka.errors import TopicsNotApplied
from grantstream.kafka.topic_settings import TopicSettings, wanted_topics

_MOST_COPIES: Final = 3
_NO_ERROR: Final = 0
_VISIBLE_WITHIN_SECONDS: Final = 15.0
_VISIBLE_POLL_SECONDS: Final = 0.05


async def apply_topics(
    bootstrap_servers: str, replication: int | None = None, *, report: Callable[[str], None] = no_op
) -> list[str]:
    """Creates missing topics, adds missing partitions, and reports settings that differ.

    `replication`: the number of copies of a new topic; by default three, or the number of brokers if that is smaller.
    Each returned line reports one action or difference; `report` gets it when it happens. No line: all topics are as in
    the register. Raises TopicsNotApplied, at the end if the fence has too many partitions; and KafkaError if the broker
    can't be reached.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    lines: list[str] = []

    def add_line(line: str) -> None:
        lines.append(line)
        report(line)

    try:
        await admin.start()
        copies = replication or await _copies(admin)
        wanted = wanted_topics(copies)
        partitions = await _partitions(admin)
        await _create(admin, [topic for topic in wanted if topic.name not in partitions], copies, add_line)
        existing = [topic for topic in wanted if topic.name in partitions]
        await _add_partitions(admin, existing, partitions, add_line)
        await _until_visible(admin, wanted)
        await _report_differences(admin, existing, add_line)
    finally:
        await admin.close()
    if partitions.get(FENCE.name, 1) > 1:
        raise TopicsNotApplied(f"{FENCE.name} {_several_fences(partitions[FENCE.name])}")
    return lines


async def check_topics(bootstrap_servers: str, replication: int | None = None) -> list[str]:
    """The differences from the register, one line each; changes nothing. Raises KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        wanted = wanted_topics(replication or await _copies(admin))
        partitions = await _partitions(admin)
        lines = [f"{topic.name}: missing" for topic in wanted if topic.name not in partitions]
        existing = [topic for topic in wanted if topic.name in partitions]
        lines += [
            f"{topic.name}: differs: {difference}"
            for topic in existing
            if (difference := partition_difference(topic, partitions[topic.name]))
        ]
        await _report_differences(admin, existing, lines.append)
    finally:
        await admin.close()
    return lines


async def _copies(admin: AIOKafkaAdminClient) -> int:
    """The default number of copies of a topic."""
    return min(_MOST_COPIES, len((await admin.describe_cluster())["brokers"]))


async def _partitions(admin: AIOKafkaAdminClient) -> dict[str, int]:
    topics: list[dict[str, Any]] = await admin.describe_topics()
    return {topic["topic"]: len(topic["partitions"]) for topic in topics if topic["error_code"] == _NO_ERROR}


async def _create(
    admin: AIOKafkaAdminClient, missing: Sequence[TopicSettings], copies: int, report: Callable[[str], None]
) -> None:
    if not missing:
        return
    answer = await admin.create_topics(
        [NewTopic(topic.name, topic.partitions, copies, topic_configs=topic.config) for topic in missing]
    )
    for name, code, *message in answer.topic_errors:
        error = for_code(code)
        if error is TopicAlreadyExistsError:  # another run of this command was faster
            continue
        if code != _NO_ERROR:
            raise TopicsNotApplied(f"{name} could not be created: {error.__name__} {message}")
        report(f"{name}: created")


async def _add_partitions(
    admin: AIOKafkaAdminClient,
    existing: Sequence[TopicSettings],
    partitions: dict[str, int],
    report: Callable[[str], None],
) -> None:
    for topic in existing:
        actual = partitions[topic.name]
        if actual < topic.partitions:
            try:
                await admin.create_partitions({topic.name: NewPartitions(topic.partitions)})
            except KafkaError as error:
                raise TopicsNotApplied(f"{topic.name} could not get {topic.partitions} partitions") from error
            report(f"{topic.name}: {topic.partitions} partitions instead of {actual}")


def partition_difference(topic: TopicSettings, actual: int) -> str:
    """What is wrong with the number of a topic's partitions; empty if nothing is.

    An operator may add partitions to any topic except the fence: readers follow all that exist. The fence needs one
    order of all its records, and Kafka never removes a partition.
    """
    if topic.name == FENCE.name and actual > topic.partitions:
        return _several_fences(actual)
    return f"{actual} partitions, and the register has {topic.partitions}" if actual < topic.partitions else ""


def _several_fences(actual: int) -> str:
    return (
        f"has {actual} partitions, and only one has one order: nothing on it can be trusted until the topic is "
        "deleted, and created again with `grantstream topics apply`"
    )


async def _until_visible(admin: AIOKafkaAdminClient, wanted: Sequence[TopicSettings]) -> None:
    """Waits until the brokers know the new topics, which is after the controller's answer."""
    try:
        async with asyncio.timeout(_VISIBLE_WITHIN_SECONDS):
            while True:
                partitions = await _partitions(admin)
                if all(partitions.get(topic.name, 0) >= topic.partitions for topic in wanted):
                    return
                await asyncio.sleep(_VISIBLE_POLL_SECONDS)
    except TimeoutError as error:
        raise TopicsNotApplied("the brokers do not show all topics yet") from error


async def _report_differences(
    admin: AIOKafkaAdminClient, existing: Sequence[TopicSettings], report: Callable[[str], None]
) -> None:
    configs = await _configs(admin, [topic.name for topic in existing])
    for topic in existing:
        for name, wanted in topic.config.items():
            if (value := configs[topic.name].get(name)) != wanted:
                report(f"{topic.name}: differs: {name} is {value}, and the register has {wanted}")


async def _configs(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    configs: dict[str, dict[str, str]] = {}
    for answer in answers:
        for _code, _message, _kind, name, entries in answer.resources:
            configs[name] = {entry[0]: entry[1] for entry in entries}
    return configs
