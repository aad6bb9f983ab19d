"""A platform for each test: an empty database with registration's schema, and the broker with all topics."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.server_access import KafkaAccess, run_in_thread
from grantstream.kafka.topic_admin import apply_topics
from grantstream.postgres.migrations import migrate
from grantstream.testing import Mint
from services.registration.settings import RegistrationSettings
from services.registration.store.sql import MIGRATIONS
from tests.integration.services.registration.platform import Platform, open_platform, settings_for
from tests.servers.databases import DatabaseServer


@pytest.fixture(scope="session")
def all_topics(kafka: KafkaAccess) -> str:
    """The broker with the topics of the register."""
    run_in_thread(apply_topics(kafka.bootstrap_servers))
    return kafka.bootstrap_servers


@pytest.fixture(scope="session")
def mint() -> Mint:
    """Whoever mints tokens here."""
    return Mint()


@pytest.fixture(scope="session")
def database_template(postgres: DatabaseServer) -> str:
    """A database with registration's schema."""
    dsn = postgres.fresh_database()
    migrate(dsn, *MIGRATIONS)
    return dsn


@pytest.fixture
def settings(database_dsn: str, all_topics: str) -> RegistrationSettings:
    """The settings of registration, whose database has its schema."""
    return settings_for(database_dsn, all_topics)


@pytest.fixture
async def platform(settings: RegistrationSettings, mint: Mint) -> AsyncIterator[Platform]:
    """Registration, serving."""
    async with open_platform(settings, mint) as opened:
        yield opened
