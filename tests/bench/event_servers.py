"""A broker with the platform's topics and an empty database, for measuring."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.kafka_broker import EmbeddedKafka
from deploy.local.ports import free_ports
from deploy.local.postgres_server import EmbeddedPostgres
from deploy.local.server_access import run_in_thread
from grantstream.kafka.topic_admin import apply_topics
from tests.servers.databases import DatabaseServer


@dataclass(frozen=True)
class Servers:
    """Where they are."""

    dsn: str
    bootstrap_servers: str


@contextmanager
def servers() -> Iterator[Servers]:
    """Started for this measurement, and durable as in earnest (fsync on)."""
    folder = Path(tempfile.mkdtemp(prefix="grantstream-bench-"))
    folder.chmod(0o711)
    postgres_port, kafka_port, controller_port = free_ports(3)
    try:
        with (
            EmbeddedPostgres(folder, port=postgres_port) as postgres,
            EmbeddedKafka(folder, port=kafka_port, controller_port=controller_port, thorough=True) as kafka,
        ):
            run_in_thread(apply_topics(kafka.bootstrap_servers))
            yield Servers(DatabaseServer(postgres.dsn).fresh_database(), kafka.bootstrap_servers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
