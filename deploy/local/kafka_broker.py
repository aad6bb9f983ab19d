"""Apache Kafka, a real broker in KRaft mode, from its Maven artifacts, and its configuration."""

from pathlib import Path
from typing import Self

from deploy.local.kafka_jars import Progress, ensure_jars
from deploy.local.kafka_programs import KafkaPrograms, find_java, kept_classes, new_cluster_id
from deploy.local.ports import LOOPBACK, free_port, require_free
from deploy.local.processes import ProcessSpec, RunningProcess, Supervisor
from deploy.local.readiness import start_ready, wait_until_ready
from deploy.local.server_access import KafkaAccess

NAME = "kafka"
LAYER = 1
NODE_ID = 1
JARS = Path(__file__).parents[2] / ".local" / "kafka" / "jars"
"""Fetched once for every platform and test of this checkout."""
HEAP = "512M"

Settings = dict[str, object]
"""The members of a `server.properties`."""


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


def server_properties(data: Path, *, port: int, controller_port: int) -> str:
    """The text of `server.properties` for a single broker with its log in `data`."""
    listeners = f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}"
    # One broker can't hold more than one copy.
    return properties_text(
        common_settings(data, NODE_ID)
        | copies_of_topics(1, in_sync=1)
        | {
            "listeners": listeners,
            "advertised.listeners": listeners,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.quorum.bootstrap.servers": f"{LOOPBACK}:{controller_port}",
        }
    )


def common_settings(data: Path, node: int) -> Settings:
    """The settings of every broker that is also a controller (KRaft): alone, or one of several."""
    return {
        "process.roles": "broker,controller",
        "node.id": node,
        "controller.listener.names": "CONTROLLER",
        "log.dirs": data,
        # A command creates topics from the register; a typing error must not create one.
        "auto.create.topics.enable": "false",
        # The producer's clock is never believed.
        "log.message.timestamp.type": "LogAppendTime",
        # Few files, for a laptop.
        "offsets.topic.num.partitions": 8,
        "transaction.state.log.num.partitions": 4,
        "log.cleaner.dedupe.buffer.size": 32 * 1024 * 1024,
        # A lost broker must be noticed within the fence's max_staleness, and a group must start without a pause.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        "group.initial.rebalance.delay.ms": 0,
    }


def copies_of_topics(copies: int, *, in_sync: int) -> Settings:
    """How many copies each topic has by default, and how many must be in sync for a write."""
    return {
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
    }


def properties_text(settings: Settings) -> str:
    """The settings in the form of Java's properties files."""
    return "".join(f"{name}={_escaped(value)}\n" for name, value in settings.items())


def _escaped(value: object) -> str:
    """A value escaped for Java's properties files."""
    return str(value).replace("\\", "\\\\")
