"""A database with outbox, inbox and a small projection, the platform's topics, and one trusted mint."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local.in_thread import run_in_thread
from deploy.local.kafka_broker import EmbeddedKafka, KafkaAccess
from deploy.local.ports import free_ports
from grantstream.events.topic_admin import apply_topics
from grantstream.testing import Mint
from tests.integration.events.harming import delete_offsets, replace_topic
from tests.integration.events.places import GROUP, TOPIC
from tests.integration.events.support import PROJECTION, Topics, apply_migrations


@pytest.fixture(scope="session")
def all_topics(kafka: KafkaAccess) -> str:
    """The broker with the topics of the register."""
    run_in_thread(apply_topics(kafka.bootstrap_servers))
    return kafka.bootstrap_servers


@pytest.fixture
def topics(all_topics: str) -> Topics:
    """Writing to and reading from them."""
    return Topics(all_topics)


@pytest.fixture(scope="session")
def kafka_to_harm(server_folder: Path) -> Iterator[str]:
    """A broker whose topics tests may replace, cut and reconfigure."""
    port, controller_port = free_ports(2)
    folder = server_folder / "kafka-to-harm"
    with EmbeddedKafka(folder, port=port, controller_port=controller_port, heap="256M") as broker:
        yield broker.bootstrap_servers


@pytest.fixture
async def harmed_topics(kafka_to_harm: str) -> AsyncIterator[Topics]:
    """Its topics. The one that `places.py` is about is new, and so is the group."""
    await apply_topics(kafka_to_harm)
    await replace_topic(kafka_to_harm, TOPIC)
    yield Topics(kafka_to_harm)
    await delete_offsets(kafka_to_harm, GROUP)


@pytest.fixture
async def dsn(database_dsn: str) -> str:
    """A database with the library's tables and the small projection."""
    connection = await asyncpg.connect(database_dsn)
    await apply_migrations(connection)
    await connection.execute(PROJECTION)
    await connection.close()
    return database_dsn


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool of it."""
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=4, command_timeout=10)
    yield pool
    pool.terminate()


@pytest.fixture(scope="session")
def mint() -> Mint:
    """Whoever mints tokens here."""
    return Mint()
