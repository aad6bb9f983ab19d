"""A broker that stands still, and is listed as alive all the while, holds up no question of topics."""

from pathlib import Path

from aiokafka.client import AIOKafkaClient

from grantstream.contracts.topics import FENCE
from grantstream.kafka.agreed_topics import describe_agreed
from grantstream.kafka.topic_admin import apply_topics
from grantstream.testing import eventually
from tests.servers.kafka_cluster import EmbeddedKafkaCluster

BEFORE_IT_IS_GIVEN_UP = 2.4
"""Seconds: the brokers of tests give one up 2.5 to 3 s after it stood still."""


async def test_a_broker_that_stands_still_holds_up_no_question(tmp_path: Path) -> None:
    with EmbeddedKafkaCluster(tmp_path) as kafka:
        await apply_topics(kafka.bootstrap_servers, replication=3)
        client = AIOKafkaClient(bootstrap_servers=kafka.bootstrap_servers, request_timeout_ms=3_000)
        await client.bootstrap()
        try:
            await eventually(lambda: _is_told_beside_one_that_stands_still(kafka, client), what="an answer in time")
        finally:
            await client.close()


async def _is_told_beside_one_that_stands_still(kafka: EmbeddedKafkaCluster, client: AIOKafkaClient) -> bool:
    """Whether it was in time. A machine that is busy may be too slow once or twice."""
    standing = next(each for each in kafka.brokers if each != kafka.controller())
    await describe_agreed(client, [FENCE.name], limit=60)  # every broker is listed, and has a connection
    kafka.pause(standing)
    try:
        found = await describe_agreed(client, [FENCE.name], limit=BEFORE_IT_IS_GIVEN_UP)
    except TimeoutError:
        return False
    finally:
        kafka.resume(standing)
        await eventually(lambda: kafka.members() == set(kafka.brokers), what="that all are listed again")
    assert found[FENCE.name].partitions == {0}
    return True
