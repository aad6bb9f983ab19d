"""The configuration of a broker that is a controller too (KRaft): alone, or one of several."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.ports import LOOPBACK

NODE_ID = 1

Settings = dict[str, object]


@dataclass(frozen=True, slots=True)
class NodePorts:
    """Where one node of several listens, all on the loopback address."""

    client: int
    internal: int
    """For the other brokers: what they copy from it."""
    controller: int


def server_properties(data: Path, *, port: int, controller_port: int) -> str:
    """The text of `server.properties` for a broker that is alone and keeps its log in `data`."""
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
    """The same for one broker of `nodes`, as docker-compose.yml sets them up: three copies, two of them in step.

    `reached` tells by which ports the others reach each: its own, or those of something in between.
    """
    own, told = nodes[node], reached[node]
    copies = min(3, len(nodes))
    return _text(
        _common(data, node)
        | _copies(copies, in_sync=max(1, copies - 1))
        | {
            "listeners": _three(own),
            "advertised.listeners": _three(told),
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "INTERNAL",
            "controller.quorum.voters": ",".join(
                f"{number}@{LOOPBACK}:{ports.controller}" for number, ports in sorted(reached.items())
            ),
        }
    )


def _three(ports: NodePorts) -> str:
    places = {"PLAINTEXT": ports.client, "INTERNAL": ports.internal, "CONTROLLER": ports.controller}
    return ",".join(f"{name}://{LOOPBACK}:{port}" for name, port in places.items())


def _common(data: Path, node: int) -> Settings:
    return {
        "process.roles": "broker,controller",
        "node.id": node,
        "controller.listener.names": "CONTROLLER",
        "log.dirs": data,
        # Topics are made from the register by a command; a typing error must not make one.
        "auto.create.topics.enable": "false",
        # The producer's clock is never believed.
        "log.message.timestamp.type": "LogAppendTime",
        # A laptop's worth of files, not a data centre's.
        "offsets.topic.num.partitions": 8,
        "transaction.state.log.num.partitions": 4,
        "log.cleaner.dedupe.buffer.size": 32 * 1024 * 1024,
        # A lost broker must be noticed sooner than the fence's max_staleness, and a group start without a pause.
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
    """A value as Java's properties files want it: a backslash escapes."""
    return str(value).replace("\\", "\\\\")
