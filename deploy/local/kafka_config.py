"""The configuration of the one broker, which is its own controller (KRaft)."""

from pathlib import Path

from deploy.local.ports import LOOPBACK

NODE_ID = 1


def server_properties(data: Path, *, port: int, controller_port: int) -> str:
    """The text of `server.properties` for a broker that keeps its log in `data`."""
    settings = {
        "process.roles": "broker,controller",
        "node.id": NODE_ID,
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.bootstrap.servers": f"{LOOPBACK}:{controller_port}",
        "log.dirs": data,
        # Topics are made from the register by a command; a typing error must not make one.
        "auto.create.topics.enable": "false",
        # The producer's clock is never believed.
        "log.message.timestamp.type": "LogAppendTime",
        # One broker can't hold more than one copy.
        "default.replication.factor": 1,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        # A laptop's worth of files, not a data centre's.
        "offsets.topic.num.partitions": 8,
        "transaction.state.log.num.partitions": 4,
        "log.cleaner.dedupe.buffer.size": 32 * 1024 * 1024,
        # A lost broker must be noticed sooner than the fence's max_staleness, and a group start without a pause.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        "group.initial.rebalance.delay.ms": 0,
    }
    return "".join(f"{name}={_escaped(value)}\n" for name, value in settings.items())


def _escaped(value: object) -> str:
    """A value as Java's properties files want it: a backslash escapes."""
    return str(value).replace("\\", "\\\\")
