"""Apache Kafka, a real broker in KRaft mode, from its Maven artifacts."""

from pathlib import Path
from typing import Self

from deploy.local.java import find_java
from deploy.local.kafka_classes import kept_classes
from deploy.local.kafka_config import server_properties
from deploy.local.kafka_jars import Progress, ensure_jars
from deploy.local.kafka_programs import KafkaPrograms, new_cluster_id
from deploy.local.ports import LOOPBACK, free_port, require_free
from deploy.local.processes import ProcessSpec, RunningProcess, Supervisor
from deploy.local.readiness import start_ready, wait_until_ready
from deploy.local.server_access import KafkaAccess

NAME = "kafka"
LAYER = 1
JARS = Path(__file__).parents[2] / ".local" / "kafka" / "jars"
"""Fetched once for every platform and test of this checkout."""
HEAP = "512M"


class EmbeddedKafka:
    """One Kafka broker with its data below `folder`, listening on the loopback address.

    A context manager: `with EmbeddedKafka(folder, port=free_port()) as kafka: connect(kafka.bootstrap_servers)`.
    `thorough`: Java uses its optimising compiler, which pays off after minutes under load.
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
        thorough: bool = False,
        start_seconds: float = 60.0,
    ) -> None:
        self._folder = folder / "kafka"
        self._log = folder / "logs" / "kafka.log"
        self._port = port
        self._controller_port = controller_port if controller_port is not None else free_port()
        self._supervisor = supervisor or Supervisor(folder / "run", die_with_parent=True)
        self._jars = jars
        self._heap = heap
        self._thorough = thorough
        self._start_seconds = start_seconds

    @property
    def bootstrap_servers(self) -> str:
        """`host:port`, for the clients' bootstrap.servers."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def access(self) -> KafkaAccess:
        """The broker as its clients see it."""
        return KafkaAccess(self.bootstrap_servers)

    def start(self) -> RunningProcess:
        """`launch`, then `wait`; raises their errors."""
        return start_ready(self.launch, self.access.answers, self._start_seconds)

    def fetch_jars(self, progress: Progress | None = None) -> list[Path]:
        """Fetch missing jars and check all; raises PlatformError if one can't be fetched or is not the locked one."""
        return ensure_jars(self._jars, progress)

    def launch(self) -> RunningProcess:
        """Fetch the jars and format the storage if not done yet, and start the broker unless it runs.

        Raises PortTaken, or PlatformError if there is no Java, a jar is wrong or the storage can't be formatted.
        """
        java, jars = find_java(), self.fetch_jars()
        classes = kept_classes(self._jars, java, jars)
        programs = KafkaPrograms(java, jars, self._heap, self._thorough, classes)
        programs.format_once(self._folder, self._write_config, new_cluster_id(), "--standalone")
        config = self._write_config(self._folder / "data", "server.properties")
        spec = ProcessSpec(
            name=NAME,
            command=programs.broker(config),
            log=self._log,
            layer=LAYER,
            env=programs.environment,
            config=config.read_text(),
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
        """Shut the broker down; does nothing if it isn't running."""
        self._supervisor.stop(NAME)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _write_config(self, data: Path, name: str) -> Path:
        path = self._folder / name
        path.write_text(server_properties(data, port=self._port, controller_port=self._controller_port))
        return path
