"""A database with outbox, inbox and a small projection, the platform's topics, and one trusted mint."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from deploy.local.server_access import KafkaAccess, run_in_thread
from grantstream.kafka.topic_admin import apply_topics
from grantstream.testing import Mint
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator
from tests.integration.events.offsets import GROUP, TOPIC
from tests.integration.events.support import PROJECTION, Topics, apply_migrations
from tests.servers.databases import DatabaseServer


@pytest.fixture(scope="session")
def all_topics(kafka: KafkaAccess) -> str:
    """The broker with the topics of the register."""
    run_in_thread(apply_topics(kafka.bootstrap_servers))
    return kafka.bootstrap_servers


@pytest.fixture
def topics(all_topics: str) -> Topics:
    """Writing to and reading from them."""
    return Topics(all_topics)


@pytest.fixture
def operator(own_kafka: OwnBroker) -> Operator:
    """Who harms a broker's topics."""
    return Operator(own_kafka.bootstrap_servers)


@pytest.fixture
async def harmed_topics(operator: Operator) -> AsyncIterator[Topics]:
    """The broker's topics. The one that `places.py` is about is new, and so is the group."""
    await operator.create_missing()
    await operator.replace(TOPIC)
    yield Topics(operator.bootstrap_servers)
    await operator.forget_group(GROUP)


@pytest.fixture(scope="session")
def database_template(postgres: DatabaseServer) -> str:
    """A database with the library's tables and the small projection."""

    async def prepare(dsn: str) -> None:
        connection = await asyncpg.connect(dsn)
        await apply_migrations(connection)
        await connection.execute(PROJECTION)
        await connection.close()

    dsn = postgres.fresh_database()
    run_in_thread(prepare(dsn))
    return dsn


@pytest.fixture
def dsn(database_dsn: str) -> str:
    """A database with the library's tables and the small projection."""
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
