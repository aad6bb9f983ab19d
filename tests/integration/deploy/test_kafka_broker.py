"""The embedded Kafka: formatted once, starts again after anything, with its records."""

import os
import signal
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import TopicPartition

from deploy.local.errors import PlatformError
from deploy.local.kafka_broker import JARS, EmbeddedKafka
from deploy.local.kafka_jars import ensure_jars
from deploy.local.ports import free_ports


async def _remember(bootstrap_servers: str, word: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic("memory", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers)
    await producer.start()
    await producer.send_and_wait("memory", word)
    await producer.stop()


async def _recall(bootstrap_servers: str) -> bytes | None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition("memory", 0)])
    record = await consumer.getone()
    await consumer.stop()
    return record.value


async def test_records_survive_a_kill_a_stop_and_a_port_change(folder: Path) -> None:
    port, controller_port = free_ports(2)
    broker = EmbeddedKafka(folder, port=port, controller_port=controller_port)
    first = broker.start()
    await _remember(broker.bootstrap_servers, b"kept")
    os.kill(first.record.pid, signal.SIGKILL)

    second = broker.start()
    assert not second.was_running
    assert await _recall(broker.bootstrap_servers) == b"kept"
    assert broker.start().record == second.record, "a second start finds the running broker"

    members = second.record.members()
    broker.stop()
    assert not [member for member in members if psutil.pid_exists(member.pid)]

    port, controller_port = free_ports(2)
    with EmbeddedKafka(folder, port=port, controller_port=controller_port) as moved:
        assert await _recall(moved.bootstrap_servers) == b"kept"

        port, controller_port = free_ports(2)
        again = EmbeddedKafka(folder, port=port, controller_port=controller_port)
        assert not again.start().was_running, "a running broker moves to the ports that are wanted now"
        assert await _recall(again.bootstrap_servers) == b"kept"


def test_a_jar_that_is_not_the_locked_one_stops_the_start(folder: Path) -> None:
    ensure_jars(JARS)
    copies = folder / "jars"
    for original in JARS.rglob("*.jar"):
        copy = copies / original.relative_to(JARS)
        copy.parent.mkdir(parents=True)
        copy.hardlink_to(original) if os.stat(JARS).st_dev == os.stat(folder).st_dev else copy.symlink_to(original)
    ensure_jars(copies)
    swapped = next(copies.rglob("kafka-clients-*.jar"))
    swapped.unlink()
    swapped.write_bytes(b"something else")
    with pytest.raises(PlatformError, match="kafka-clients"):
        ensure_jars(copies)
