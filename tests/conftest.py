"""Fixtures for every test that wants the real servers; nothing starts until a test asks for it.

`postgres` (PostgresAccess), `database_dsn` (an empty database for one test), `kafka` (KafkaAccess), `own_kafka` (for
tests that harm topics of the register), and `platform`, the whole of it on ports of its own. POSTGRES_DSN and
KAFKA_BOOTSTRAP_SERVERS, if set, are used instead of our own servers, except for `own_kafka`.

Hypothesis draws the same examples in every run, so that a change fails for what it changed and not by luck, and none is
refused for being slow. `make test-search` draws new ones, many more.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

from deploy.local.in_thread import run_in_thread
from deploy.local.kafka_broker import EmbeddedKafka, KafkaAccess
from deploy.local.ports import free_ports
from deploy.local.postgres_databases import PostgresAccess
from deploy.local.postgres_server import EmbeddedPostgres
from deploy.local.running_platform import Platform
from deploy.local.settings import LocalSettings
from grantstream.events.topic_admin import apply_topics
from grantstream.testing.platform_under_test import PlatformUnderTest

PREFIX = "grantstream-test-"

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user can enter, which pytest's own temporary folders (0700) are not."""
    _remove_folders_of_killed_runs()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> Iterator[PostgresAccess]:
    """A PostgreSQL server for the whole run: `.dsn` (administrator), `.fresh_database()` gives a DSN of its own."""
    if given := os.environ.get("POSTGRES_DSN"):
        yield PostgresAccess(given)
        return
    [port] = free_ports(1)
    with EmbeddedPostgres(server_folder, port=port, durable=False) as server:
        yield server.access


@pytest.fixture
def database_dsn(postgres: PostgresAccess) -> Iterator[str]:
    """An empty database for this test alone."""
    dsn = postgres.fresh_database()
    yield dsn
    postgres.drop_database(dsn)


@pytest.fixture(scope="session")
def kafka(server_folder: Path) -> Iterator[KafkaAccess]:
    """A Kafka broker for the whole run: `.bootstrap_servers`. Topics are never made by themselves."""
    if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield KafkaAccess(given)
        return
    port, controller_port = free_ports(2)
    with EmbeddedKafka(server_folder, port=port, controller_port=controller_port) as broker:
        yield broker.access


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaAccess]:
    """A broker for the tests of one module, which harm topics of the register; it has none yet."""
    port, controller_port = free_ports(2)
    folder = tmp_path_factory.mktemp("own-kafka")
    with EmbeddedKafka(folder, port=port, controller_port=controller_port, heap="256M") as broker:
        yield broker.access


@pytest.fixture(scope="session")
def grantstream_kafka(kafka: KafkaAccess) -> str:
    """The harness's broker is the one that all tests share."""
    run_in_thread(apply_topics(kafka.bootstrap_servers))
    return kafka.bootstrap_servers


@pytest.fixture(scope="session")
def grantstream_postgres(postgres: PostgresAccess) -> str:
    """And so is its database server."""
    return postgres.dsn


@pytest.fixture(scope="session")
def grantstream_platform(platform: Platform) -> PlatformUnderTest:
    """And the platform."""
    return PlatformUnderTest.described(platform.description)


@pytest.fixture(scope="session")
def platform(server_folder: Path) -> Iterator[Platform]:
    """Everything, started once for the whole run; `.description` is what `platform.json` says."""
    settings = LocalSettings.on_free_ports(server_folder / "platform", postgres_durable=False)
    started = Platform(settings, die_with_parent=True)
    with started:
        yield started
    started.remove_state()


def _remove_folders_of_killed_runs() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).split("-")[0]
        if folder.stat().st_uid == os.getuid() and pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)
