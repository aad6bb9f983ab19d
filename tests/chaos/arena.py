"""The platform on three brokers and a PostgreSQL of its own, with handles by which each part can be harmed.

What runs is started from the main thread only: it is tied to the life of the thread that started it.
"""

import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from deploy.local.ports import lasting_ports
from deploy.local.postgres_server import EmbeddedPostgres
from deploy.local.process_record import ProcessRecord, is_alive, kill_process
from deploy.local.processes import ProcessSpec, Supervisor
from deploy.local.readiness import is_ready
from deploy.local.running_platform import Platform
from deploy.local.services import ROLES, SERVICES
from deploy.local.settings import LocalSettings
from tests.chaos.cable_box import CableBox
from tests.e2e.waiting import until
from tests.servers.databases import DatabaseServer
from tests.servers.kafka_cluster import EmbeddedKafkaCluster
from tests.servers.kafka_nodes import free_node_ports

SKEWED = Path(__file__).parent / "skewed"
HTTP_WORKERS = 2
READY_SECONDS = 60.0


class Arena:
    """All of it, below one folder. A context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.supervisor = Supervisor(folder / "run", die_with_parent=True)
        nodes = free_node_ports(3)
        self.cables = CableBox(folder, nodes, self.supervisor)
        self.kafka = EmbeddedKafkaCluster(
            folder, nodes=nodes, reached=self.cables.reached, supervisor=self.supervisor, heap="256M"
        )
        [self._postgres_port] = lasting_ports(1)
        self._postgres = EmbeddedPostgres(
            folder, port=self._postgres_port, supervisor=self.supervisor, durable=False, start_seconds=60.0
        )
        self.platform: Platform
        self._specs: dict[str, ProcessSpec] = {}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in self.running():
            self._signal(name, signal.SIGCONT)
        if hasattr(self, "platform"):
            self.platform.stop()
        self.kafka.stop()
        self.cables.close()
        self.supervisor.stop_all()

    def _start(self) -> None:
        self.cables.start()
        self._postgres.start()
        self.kafka.start()
        for broker in self.kafka.brokers:
            self.cables.tell_process(broker, self.kafka.pid(broker))
        settings = LocalSettings.on_free_ports(
            self.folder / "platform",
            http_workers=HTTP_WORKERS,
            kafka_bootstrap_servers=self.kafka.bootstrap_servers,
            postgres_dsn=self._postgres.dsn,
        )
        self.platform = Platform(settings, die_with_parent=True)
        self.platform.start()
        self._specs = {f"{name}-{role}": self.platform.services[name].spec(role) for name in SERVICES for role in ROLES}

    @property
    def description(self) -> Mapping[str, Any]:
        """What `platform.json` says."""
        return self.platform.description

    def dsn(self, service: str) -> str:
        """A service's database."""
        found: str = self.description["postgres"][service]
        return found

    @property
    def postgres(self) -> DatabaseServer:
        """The database server, as its administrator."""
        return DatabaseServer(self._postgres.dsn)

    # Processes of the services, by the names that the platform gives them: `token-http`, `receipts-worker`, ...

    @property
    def names(self) -> list[str]:
        """Every process of the services that should run."""
        return sorted(self._specs)

    def running(self) -> list[str]:
        """Those that do."""
        return [name for name in self.names if self._leader(name) is not None]

    def pid(self, name: str) -> int:
        """A process's id, dead or alive; a server's, not its children's."""
        return self._record(name).pid

    def children(self, name: str) -> list[int]:
        """The processes in which an http server answers."""
        leader = self._leader(name)
        try:
            found = [] if leader is None else leader.children(recursive=True)
            # Python's multiprocessing keeps a small process beside the workers, which tracks shared memory.
            return [child.pid for child in found if "resource_tracker" not in " ".join(child.cmdline())]
        except psutil.NoSuchProcess:
            return []

    def kill(self, name: str) -> None:
        """SIGKILL for a process and its children; returns when they are gone."""
        members = self._record(name).members()
        for member in members:
            kill_process(member)
        psutil.wait_procs(members, timeout=10)

    def kill_pid(self, pid: int) -> None:
        """SIGKILL for one process."""
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGKILL)

    def pause(self, name: str) -> None:
        """SIGSTOP for a process and its children."""
        self._signal(name, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """SIGCONT."""
        self._signal(name, signal.SIGCONT)

    def start(self, name: str, *, clock_ahead: float = 0.0, **environment: str) -> None:
        """Starts a process that does not run, with a wrong clock if one is wanted, and does not wait for it."""
        self._ensure(name, self._specs[name], clock_ahead, environment)

    def start_another(self, name: str, copy: str) -> None:
        """Starts one more worker beside the one called `name`."""
        spec = self._specs[name]
        [port] = lasting_ports(1)
        other = replace(spec, name=copy, log=spec.log.with_name(f"{copy}.log"))
        self._ensure(copy, other, 0.0, {"GRANTSTREAM_WORKER_PORT": str(port)})

    def run(self, spec: ProcessSpec) -> None:
        """Starts a program of the tests that ends with the arena, unless it runs."""
        self.platform.supervisor.ensure(spec)

    def stop(self, name: str) -> None:
        """Ends a process in an orderly way."""
        self.platform.supervisor.stop(name)

    def is_alive(self, name: str) -> bool:
        """Whether a process runs."""
        return self._leader(name) is not None

    def revive(self) -> list[str]:
        """Starts what has ended, as the supervisor of a real platform would; tells what that was."""
        dead = [name for name in self.names if not self.is_alive(name)]
        for name in dead:
            self.start(name)
        return dead

    def is_ready(self, name: str) -> bool:
        """Whether a process says that it is ready."""
        service, role = name.split("-")
        connections = 2 * HTTP_WORKERS if role == "http" else 1
        return is_ready(self.platform.services[service].port(role), connections)

    def wait_until_ready(self, *, seconds: float = READY_SECONDS) -> None:
        """Returns once all processes are ready, after starting those that ended meanwhile."""

        def ready() -> bool:
            self.revive()
            return all(self.is_ready(name) for name in self.names)

        until(ready, "all processes are ready", seconds=seconds)

    # The servers

    def start_broker(self, broker: int) -> None:
        """Starts a broker that does not run, and waits until the cluster counts it."""
        self.kafka.start(broker)
        self.cables.tell_process(broker, self.kafka.pid(broker))

    def restart_postgres(self) -> None:
        """Starts the database server after it was killed."""
        self._postgres.start()

    def kill_postgres(self) -> None:
        """SIGKILL for the postmaster; its children end by themselves when they notice."""
        record = self.supervisor.record("postgres")
        assert record is not None
        leader = record.leader()
        assert leader is not None
        kill_process(leader)
        psutil.wait_procs([leader], timeout=10)

    def _ensure(self, name: str, spec: ProcessSpec, clock_ahead: float, environment: Mapping[str, str]) -> None:
        told = {**spec.env, **environment}
        if clock_ahead:
            told["PYTHONPATH"] = os.pathsep.join((str(SKEWED), spec.env["PYTHONPATH"]))
            told["CHAOS_CLOCK_AHEAD"] = str(clock_ahead)
        self.platform.supervisor.ensure(replace(spec, env=told))

    def _record(self, name: str) -> ProcessRecord:
        record = self.platform.supervisor.record(name)
        assert record is not None, f"{name} was never started"
        return record

    def _leader(self, name: str) -> psutil.Process | None:
        record = self.platform.supervisor.record(name)
        leader = None if record is None else record.leader()
        return leader if leader is not None and is_alive(leader) else None

    def _signal(self, name: str, number: int) -> None:
        for member in self._record(name).members():
            try:
                member.send_signal(number)
            except psutil.NoSuchProcess:
                continue
