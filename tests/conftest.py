"""Fixtures for every test that wants the real servers; nothing starts until a test asks for it.

`postgres` (DatabaseServer), `database_dsn` (a database for one test), `kafka` (KafkaAccess), `own_kafka` (for
tests that harm a broker), and `platform`, the whole of it on ports of its own. POSTGRES_DSN and
KAFKA_BOOTSTRAP_SERVERS, if set, are used instead of our own servers, except for `own_kafka`.

Hypothesis draws the same examples in every run, so that a change fails for what it changed and not by luck, and none is
refused for being slow. `make test-search` draws new ones, many more.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import settings

from deploy.local.kafka_broker import EmbeddedKafka
from deploy.local.ports import free_ports, lasting_ports
from deploy.local.postgres_server import EmbeddedPostgres
from deploy.local.running_platform import Platform
from deploy.local.server_access import KafkaAccess, run_in_thread
from deploy.local.settings import LocalSettings
from grantstream.kafka.topic_admin import apply_topics
from grantstream.testing.platform_under_test import PlatformUnderTest
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator
from tests.scheduling import ByServers
from tests.servers.databases import DatabaseServer

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
def postgres(server_folder: Path) -> Iterator[DatabaseServer]:
    """A PostgreSQL server for the whole run: `.dsn` (administrator), `.fresh_database()` gives a DSN of its own."""
    if given := os.environ.get("POSTGRES_DSN"):
        yield DatabaseServer(given)
        return
    [port] = free_ports(1)
    with EmbeddedPostgres(server_folder, port=port, durable=False) as server:
        yield DatabaseServer(server.dsn)


@pytest.fixture(scope="session")
def database_template() -> str | None:
    """What each test's database is a copy of, to be overridden: copying takes less time than applying migrations."""
    return None


@pytest.fixture
def database_dsn(postgres: DatabaseServer, database_template: str | None) -> Iterator[str]:
    """A database for this test alone; an empty one, if there is no template."""
    dsn = postgres.fresh_database(database_template)
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


@pytest.fixture(scope="session")
def broker_to_harm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnBroker]:
    """A broker for all tests that harm one, module by module."""
    port, controller_port = lasting_ports(2)
    folder = tmp_path_factory.mktemp("to-harm")
    with OwnBroker(folder, port=port, controller_port=controller_port, heap="256M") as broker:
        yield broker


@pytest.fixture(scope="module")
def own_kafka(broker_to_harm: OwnBroker) -> OwnBroker:
    """A broker for the tests of one module, which stop it and harm its topics.

    It has those of the register, all of them new. What a test did to it, the next one in its module finds.
    """
    broker_to_harm.start()
    run_in_thread(Operator(broker_to_harm.bootstrap_servers).begin_anew())
    return broker_to_harm


@pytest.fixture(scope="session")
def grantstream_kafka(kafka: KafkaAccess) -> str:
    """The harness's broker is the one that all tests share."""
    run_in_thread(apply_topics(kafka.bootstrap_servers))
    return kafka.bootstrap_servers


@pytest.fixture(scope="session")
def grantstream_postgres(postgres: DatabaseServer) -> str:
    """And so is its database server."""
    return postgres.dsn


@pytest.fixture(scope="session")
def grantstream_platform(platform: Platform) -> PlatformUnderTest:
    """And the platform."""
    return PlatformUnderTest.described(platform.description)


@pytest.fixture(scope="session")
def platform(server_folder: Path) -> Iterator[Platform]:
    """Everything, started once for the whole run; `.description` is what `platform.json` says."""
    with running_platform(server_folder / "platform") as started:
        yield started


@contextmanager
def running_platform(folder: Path) -> Iterator[Platform]:
    """A platform that leaves nothing behind."""
    started = Platform(LocalSettings.on_free_ports(folder, postgres_durable=False), die_with_parent=True)
    with started:
        yield started
    started.remove_state()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Of pytest-xdist: decides which worker gets which tests."""
    return ByServers(config, log) if config.getvalue("dist") == "loadfile" else None


def _remove_folders_of_killed_runs() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).split("-")[0]
        if folder.stat().st_uid == os.getuid() and pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)
