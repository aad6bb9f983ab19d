"""Apache Kafka, a real broker in KRaft mode, from its Maven artifacts."""

import asyncio
import base64
import os
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.errors import PlatformError
from deploy.local.in_thread import run_in_thread
from deploy.local.java import find_java
from deploy.local.kafka_config import server_properties
from deploy.local.kafka_jars import Progress, ensure_jars
from deploy.local.ports import LOOPBACK, free_port, require_free
from deploy.local.processes import ProcessSpec, RunningProcess, Supervisor, child_environment
from deploy.local.readiness import start_ready, wait_until_ready

NAME = "kafka"
LAYER = 1
LOGGING = Path(__file__).parents[1] / "kafka" / "log4j2.properties"
JARS = Path(__file__).parents[2] / ".local" / "kafka" / "jars"
"""Fetched once for every platform and test of this checkout."""
HEAP = "512M"
ANSWER_MILLISECONDS = 2000


@dataclass(frozen=True)
class KafkaAccess:
    """A Kafka cluster that clients can reach."""

    bootstrap_servers: str

    def answers(self) -> bool:
        """Whether a broker is there and takes part in the cluster."""
        return run_in_thread(_has_brokers(self.bootstrap_servers))


class EmbeddedKafka:
    """One Kafka broker with its data below `folder`, listening on the loopback address.

    A context manager: `with EmbeddedKafka(folder, port=free_port()) as kafka: connect(kafka.bootstrap_servers)`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int,
        controller_port: int | None = None,
        supervisor: Supervisor | None = None,
        jars: Path = JARS,
        heap: str = HEAP,
        start_seconds: float = 60.0,
    ) -> None:
        self._folder = folder / "kafka"
        self._log = folder / "logs" / "kafka.log"
        self._port = port
        self._controller_port = controller_port if controller_port is not None else free_port()
        self._supervisor = supervisor or Supervisor(folder / "run", die_with_parent=True)
        self._jars = jars
        self._heap = heap
        self._start_seconds = start_seconds

    @property
    def bootstrap_servers(self) -> str:
        """`host:port`, what clients call bootstrap.servers."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def access(self) -> KafkaAccess:
        """The broker as its clients see it."""
        return KafkaAccess(self.bootstrap_servers)

    def start(self) -> RunningProcess:
        """`launch`, then `wait`; raises what they raise."""
        return start_ready(self.launch, self.access.answers, self._start_seconds)

    def fetch_jars(self, progress: Progress | None = None) -> list[Path]:
        """Make sure of the jars; raises PlatformError if one can't be fetched or is not the locked one."""
        return ensure_jars(self._jars, progress)

    def launch(self) -> RunningProcess:
        """Fetch the jars and format the storage if that was never done, and start the broker unless it runs.

        Raises PortTaken, or PlatformError if there is no Java, a jar is wrong or the storage can't be formatted.
        """
        java, jars = find_java(), self.fetch_jars()
        environment = {"CLASSPATH": os.pathsep.join(map(str, jars))}
        self._format_once(java, environment)
        config = self._write_config(self._folder / "data", "server.properties")
        spec = ProcessSpec(
            name=NAME,
            command=(*self._java_command(java, "kafka.Kafka"), str(config)),
            log=self._log,
            layer=LAYER,
            env=environment,
            cwd=self._folder,
            grace_seconds=20,
        )
        if not self._supervisor.runs(spec):
            self._supervisor.stop(NAME)
            require_free(self._port, "Kafka", "GRANTSTREAM_LOCAL_KAFKA_PORT")
            require_free(self._controller_port, "Kafka's controller", "GRANTSTREAM_LOCAL_KAFKA_CONTROLLER_PORT")
        return self._supervisor.ensure(spec)

    def wait(self, process: RunningProcess) -> None:
        """Wait until the launched broker serves clients; raises StartFailed if it ends or takes too long."""
        wait_until_ready(process, self.access.answers, self._start_seconds)

    def stop(self) -> None:
        """End the broker in an orderly way; nothing happens if it isn't running."""
        self._supervisor.stop(NAME)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _format_once(self, java: Path, environment: dict[str, str]) -> None:
        """Format the storage under another name and rename it, so that a killed run leaves nothing half made."""
        data, partial = self._folder / "data", self._folder / "data.partial"
        if data.exists():
            return
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        config = self._write_config(partial, "format.properties")
        command = self._java_command(java, "kafka.tools.StorageTool")
        arguments = ("format", "--standalone", "--cluster-id", _new_cluster_id(), "--config", str(config))
        done = subprocess.run(
            [*command, *arguments], env=child_environment(environment), capture_output=True, text=True
        )
        if done.returncode != 0:
            raise PlatformError(f"Kafka's storage could not be formatted:\n{(done.stderr or done.stdout).strip()}")
        partial.rename(data)

    def _write_config(self, data: Path, name: str) -> Path:
        path = self._folder / name
        path.write_text(server_properties(data, port=self._port, controller_port=self._controller_port))
        return path

    def _java_command(self, java: Path, program: str) -> tuple[str, ...]:
        heap = (f"-Xms{self._heap}", f"-Xmx{self._heap}", "-XX:+UseSerialGC")
        return (str(java), *heap, f"-Dlog4j2.configurationFile={LOGGING.as_uri()}", program)


def _new_cluster_id() -> str:
    """A random id in Kafka's spelling: 16 bytes, base64url; never with a first `-`, which looks like an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


async def _has_brokers(bootstrap_servers: str) -> bool:
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=ANSWER_MILLISECONDS)
    try:
        await _connect_once(bootstrap_servers)
        await client.start()
        cluster = await client.describe_cluster()
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
    return bool(cluster["brokers"])


async def _connect_once(bootstrap_servers: str) -> None:
    """Fail quietly while nobody listens; the client would log each failed try as an error."""
    host, _, port = bootstrap_servers.split(",")[0].rpartition(":")
    _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), ANSWER_MILLISECONDS / 1000)
    writer.close()
    await writer.wait_closed()
