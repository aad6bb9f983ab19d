"""A cluster of Kafka brokers on this machine that survives the loss of one; for tests that stop one."""

import json
import os
import signal
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from typing import Self, TypeVar

import psutil
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.errors import PlatformError
from deploy.local.kafka_broker import JARS
from deploy.local.kafka_jars import ensure_jars
from deploy.local.kafka_programs import KafkaPrograms, find_java, kept_classes, new_cluster_id
from deploy.local.ports import LOOPBACK, require_free
from deploy.local.process_record import ProcessRecord, kill_process
from deploy.local.processes import ProcessSpec, RunningProcess, Supervisor
from deploy.local.readiness import wait_until_ready
from deploy.local.server_access import ask_cluster, brokers_seen, run_in_thread
from tests.servers.kafka_nodes import NodePorts, free_node_ports, node_properties

LAYER = 1
HEAP = "256M"
GONE_SECONDS = 10.0
LEAVE_SECONDS = 2.0

Result = TypeVar("Result")


class EmbeddedKafkaCluster:
    """Brokers that are controllers too (KRaft), with their data below `folder`; each can be stopped alone.

    A context manager: `with EmbeddedKafkaCluster(folder) as kafka: connect(kafka.bootstrap_servers)`. With three
    brokers every topic has three copies by default, two of which must be in sync for a write.

    `nodes`: the ports of each node by its number (free ones by default); `reached`: the ports by which the *others*
    reach it, if a test has something in between that it can cut.
    """

    def __init__(
        self,
        folder: Path,
        *,
        brokers: int = 3,
        nodes: Mapping[int, NodePorts] | None = None,
        reached: Mapping[int, NodePorts] | None = None,
        supervisor: Supervisor | None = None,
        jars: Path = JARS,
        heap: str = HEAP,
        start_seconds: float = 90.0,
    ) -> None:
        self._folder = folder
        self._nodes = dict(nodes or free_node_ports(brokers))
        self._reached = dict(reached or self._nodes)
        self._supervisor = supervisor or Supervisor(folder / "run", die_with_parent=True)
        self._jars = jars
        self._heap = heap
        self._start_seconds = start_seconds

    @property
    def brokers(self) -> list[int]:
        """The numbers of all brokers, whether they run or not."""
        return sorted(self._nodes)

    @property
    def bootstrap_servers(self) -> str:
        """`host:port` of every broker, separated by commas."""
        return ",".join(self.address(broker) for broker in self.brokers)

    def address(self, broker: int) -> str:
        """`host:port` of one broker, for clients."""
        return f"{LOOPBACK}:{self._nodes[broker].client}"

    def start(self, broker: int | None = None) -> None:
        """Start one broker, or all that don't run, side by side, and wait until each is a member.

        Raises PortTaken, StartFailed, or PlatformError if there is no Java or the storage can't be formatted.
        """
        wanted = self.brokers if broker is None else [broker]
        self._programs, self._cluster_id  # noqa: B018 - made once, before there are several threads
        _in_parallel(self._format_once, wanted)
        # From this thread: a child that dies with its parent ends with the thread that started it.
        started = [self._launch(number) for number in wanted]
        for number, process in zip(wanted, started, strict=True):
            wait_until_ready(process, partial(self._is_member, number), self._start_seconds)

    def stop(self, broker: int | None = None) -> None:
        """Shut one broker down after its leadership has moved; or all, which is faster."""
        if broker is None:
            self._stop_all()
        else:
            self._supervisor.stop(_name(broker))

    def kill(self, broker: int) -> None:
        """Kill one broker (SIGKILL), as a power cut would; returns when it is gone."""
        record = self._required(broker)
        members = record.members()
        for member in members:
            kill_process(member)
        if psutil.wait_procs(members, timeout=GONE_SECONDS)[1]:
            raise PlatformError(f"Broker {broker} outlives SIGKILL.")

    def pause(self, broker: int) -> None:
        """Pause one broker (SIGSTOP): its connections stay open, and it answers nothing."""
        os.kill(self.pid(broker), signal.SIGSTOP)

    def resume(self, broker: int) -> None:
        """Resume a paused broker."""
        os.kill(self.pid(broker), signal.SIGCONT)

    def pid(self, broker: int) -> int:
        """The process of a broker that was started; raises PlatformError if there is none."""
        return self._required(broker).pid

    def is_running(self, broker: int) -> bool:
        """Whether the broker's process is alive, paused or not."""
        record = self._supervisor.record(_name(broker))
        return record is not None and record.leader() is not None

    def members(self) -> set[int]:
        """The brokers that the cluster counts as alive; empty if no broker answers."""
        return brokers_seen(self.bootstrap_servers)

    def leader_of(self, topic: str, partition: int = 0) -> int | None:
        """The broker that leads a partition; None if none does, there is no such partition or no broker answers."""

        async def leader(admin: AIOKafkaAdminClient) -> int | None:
            [described] = await admin.describe_topics([topic])
            leaders = {each["partition"]: each["leader"] for each in described["partitions"]}
            broker: int = leaders.get(partition, -1)
            return broker if broker >= 0 else None

        return run_in_thread(ask_cluster(self.bootstrap_servers, leader, None))

    def controller(self) -> int | None:
        """The broker that is the active controller, by the newest vote that any node has stored."""
        votes = [vote for broker in self.brokers if (vote := self._vote(broker)) is not None]
        leader = max(votes, default=(0, -1))[1]
        return leader if leader in self._nodes else None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @cached_property
    def _programs(self) -> KafkaPrograms:
        java, jars = find_java(), ensure_jars(self._jars)
        return KafkaPrograms(java, jars, self._heap, classes=kept_classes(self._jars, java, jars))

    @cached_property
    def _cluster_id(self) -> str:
        """The same id for all nodes and all starts."""
        path = self._folder / "kafka-cluster-id"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new_cluster_id())
        return path.read_text()

    def _stop_all(self) -> None:
        """Stop all brokers. The last ones would wait in vain for a majority to leave, so they are killed soon."""
        records = [record for broker in self.brokers if (record := self._supervisor.record(_name(broker)))]
        members = [member for record in records for member in record.members()]
        for record in records:
            record.signal_members(signal.SIGCONT)
            record.signal_members(record.stop_signal)
        for straggler in psutil.wait_procs(members, timeout=LEAVE_SECONDS)[1]:
            kill_process(straggler)
        for broker in self.brokers:
            self._supervisor.stop(_name(broker))

    def _format_once(self, broker: int) -> None:
        folder = self._folder / _name(broker)
        self._programs.format_once(folder, self._config_writer(broker), self._cluster_id)

    def _launch(self, broker: int) -> RunningProcess:
        folder = self._folder / _name(broker)
        config = self._config_writer(broker)(folder / "data", "server.properties")
        spec = ProcessSpec(
            name=_name(broker),
            command=self._programs.broker(config),
            log=self._folder / "logs" / f"{_name(broker)}.log",
            layer=LAYER,
            env=self._programs.environment,
            cwd=folder,
            grace_seconds=20,
        )
        if not self._supervisor.runs(spec):
            self._supervisor.stop(spec.name)
            for port in (self._nodes[broker].client, self._nodes[broker].internal, self._nodes[broker].controller):
                require_free(port, spec.name, "`nodes`")
        return self._supervisor.ensure(spec)

    def _config_writer(self, broker: int) -> Callable[[Path, str], Path]:
        def write(data: Path, name: str) -> Path:
            path = self._folder / _name(broker) / name
            path.write_text(node_properties(data, broker, self._nodes, self._reached))
            return path

        return write

    def _is_member(self, broker: int) -> bool:
        return broker in brokers_seen(self.address(broker))

    def _required(self, broker: int) -> ProcessRecord:
        record = self._supervisor.record(_name(broker))
        if record is None:
            raise PlatformError(f"Broker {broker} was not started.")
        return record

    def _vote(self, broker: int) -> tuple[int, int] | None:
        """The epoch and the leader that a node knew last (the file exists after the first election)."""
        path = self._folder / _name(broker) / "data" / "__cluster_metadata-0" / "quorum-state"
        try:
            state = json.loads(path.read_text())
        except (OSError, ValueError):
            return None
        return state["leaderEpoch"], state["leaderId"]


def _name(broker: int) -> str:
    return f"kafka-{broker}"


def _in_parallel(work: Callable[[int], Result], brokers: Iterable[int]) -> list[Result]:
    with ThreadPoolExecutor() as pool:
        return [done.result() for done in [pool.submit(work, broker) for broker in brokers]]
