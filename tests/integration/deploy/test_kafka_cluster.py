"""Three brokers: what two of them acknowledged outlives any one, and each can be taken away and given back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.integration.deploy.waiting import wait_for
from tests.servers.kafka_cluster import EmbeddedKafkaCluster


@pytest.fixture
def cluster(folder: Path) -> Iterator[EmbeddedKafkaCluster]:
    with EmbeddedKafkaCluster(folder) as kafka:
        yield kafka


async def _make_topic(bootstrap_servers: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic("memory", 1, 3)])
    await admin.close()


async def _remember(bootstrap_servers: str, word: bytes) -> int:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all")
    await producer.start()
    offset: int = (await producer.send_and_wait("memory", word)).offset
    await producer.stop()
    return offset


async def test_the_cluster_goes_on_without_any_one_of_its_brokers(cluster: EmbeddedKafkaCluster) -> None:
    assert cluster.members() == {1, 2, 3}
    await _make_topic(cluster.bootstrap_servers)
    assert await _remember(cluster.bootstrap_servers, b"first") == 0
    leader = cluster.leader_of("memory")
    assert leader is not None

    cluster.kill(leader)
    assert not cluster.is_running(leader)
    wait_for(lambda: cluster.members() == {1, 2, 3} - {leader}, seconds=30)
    wait_for(lambda: cluster.leader_of("memory") not in (leader, None), seconds=30)
    assert await _remember(cluster.bootstrap_servers, b"second") == 1
    cluster.start(leader)
    assert cluster.members() == {1, 2, 3}

    controller = cluster.controller()
    assert controller is not None
    cluster.pause(controller)
    wait_for(lambda: cluster.controller() not in (controller, None), seconds=30)
    cluster.resume(controller)
    wait_for(lambda: cluster.members() == {1, 2, 3}, seconds=30)
    assert await _remember(cluster.bootstrap_servers, b"third") == 2
