"""The configuration of a broker that is a controller too (KRaft): alone, or one of several."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.ports import LOOPBACK

NODE_ID = 1

Settings = dict[str, object]


@dataclass(frozen=True, slots=True)
class NodePorts:
    """The ports of one node of several, all on the loopback address."""

    client: int
    internal: int
    """For the other brokers, which copy from it."""
    controller: int


def server_properties(data: Path, *, port: int, controller_port: int) -> str:
    """The text of `server.properties` for a single broker with its log in `data`."""
    listeners = f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}"
    # One broker can't hold more than one copy.
    return _text(
        _common(data, NODE_ID)
        | _copies(1, in_sync=1)
        | {
            "listeners": listeners,
            "advertised.listeners": listeners,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.quorum.bootstrap.servers": f"{LOOPBACK}:{controller_port}",
        }
    )


def node_properties(data: Path, node: int, nodes: Mapping[int, NodePorts], reached: Mapping[int, NodePorts]) -> str:
    """The same for one broker of `nodes`, as in docker-compose.yml: three copies, two of them in sync.

    `reached`: the ports by which the others reach each node: its own, or those of something in between.
    """
    own, advertised = nodes[node], reached[node]
    copies = min(3, len(nodes))
    return _text(
        _common(data, node)
        | _copies(copies, in_sync=max(1, copies - 1))
        | {
            "listeners": _listeners(own),
            "advertised.listeners": _listeners(advertised),
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "INTERNAL",
            "controller.quorum.voters": ",".join(
                f"{number}@{LOOPBACK}:{ports.controller}" for number, ports in sorted(reached.items())
            ),
        }
    )


def _listeners(ports: NodePorts) -> str:
    places = {"PLAINTEXT": ports.client, "INTERNAL": ports.internal, "CONTROLLER": ports.controller}
    return ",".join(f"{name}://{LOOPBACK}:{port}" for name, port in places.items())


def _common(data: Path, node: int) -> Settings:
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


def _copies(copies: int, *, in_sync: int) -> Settings:
    return {
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
    }


def _text(settings: Settings) -> str:
    return "".join(f"{name}={_escaped(value)}\n" for name, value in settings.items())


def _escaped(value: object) -> str:
    """A value escaped for Java's properties files."""
    return str(value).replace("\\", "\\\\")
