"""The nodes of a cluster on this machine: the ports of each, and its configuration as in docker-compose.yml."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.kafka_broker import common_settings, copies_of_topics, properties_text
from deploy.local.ports import LOOPBACK, lasting_ports

PORTS_A_NODE = 3


@dataclass(frozen=True, slots=True)
class NodePorts:
    """The ports of one node of several, all on the loopback address."""

    client: int
    internal: int
    """For the other brokers, which copy from it."""
    controller: int


def free_node_ports(brokers: int) -> dict[int, NodePorts]:
    """Ports for so many nodes, numbered from 1, which stay free while a node is down."""
    ports = lasting_ports(PORTS_A_NODE * brokers)
    return {node: NodePorts(*ports[PORTS_A_NODE * (node - 1) : PORTS_A_NODE * node]) for node in range(1, brokers + 1)}


def node_properties(data: Path, node: int, nodes: Mapping[int, NodePorts], reached: Mapping[int, NodePorts]) -> str:
    """The text of `server.properties` for one broker of `nodes`: three copies, two of them in sync.

    `reached`: the ports by which the others reach each node: its own, or those of something in between.
    """
    own, advertised = nodes[node], reached[node]
    copies = min(3, len(nodes))
    return properties_text(
        common_settings(data, node)
        | copies_of_topics(copies, in_sync=max(1, copies - 1))
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
