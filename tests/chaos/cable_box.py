"""The program of `cables.py`, started and told what to cut."""

import json
import socket
import sys
from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path

from deploy.local.ports import LOOPBACK, lasting_ports
from deploy.local.processes import ProcessSpec, Supervisor
from deploy.local.readiness import wait_until_ready
from deploy.local.settings import ROOT
from tests.servers.kafka_nodes import NodePorts

NAME = "cables"
LAYER = 0


class CableBox:
    """Stands between the nodes: `reached` are the ports by which each is reached by the others."""

    def __init__(self, folder: Path, nodes: Mapping[int, NodePorts], supervisor: Supervisor) -> None:
        *ports, self._control_port = lasting_ports(2 * len(nodes) + 1)
        self._folder = folder
        self._supervisor = supervisor
        self.reached = {
            node: NodePorts(each.client, *ports[2 * index : 2 * index + 2])
            for index, (node, each) in enumerate(sorted(nodes.items()))
        }
        self._plan = {
            str(node): dict(zip(map(str, astuple(self.reached[node])[1:]), astuple(each)[1:], strict=True))
            for node, each in nodes.items()
        }
        self._control: socket.socket | None = None

    def start(self) -> None:
        """Starts the program and waits until it takes connections."""
        spec = ProcessSpec(
            name=NAME,
            command=(sys.executable, "-m", "tests.chaos.cables", json.dumps(self._plan), str(self._control_port)),
            log=self._folder / "logs" / f"{NAME}.log",
            layer=LAYER,
            env={"PYTHONPATH": str(ROOT)},
            cwd=ROOT,
        )
        wait_until_ready(self._supervisor.ensure(spec), self._connect, seconds=20.0)

    def close(self) -> None:
        """Lets go of the program, which its supervisor ends."""
        if self._control is not None:
            self._control.close()
            self._control = None

    def tell_process(self, node: int, pid: int) -> None:
        """Tells which process a node is since its last start."""
        self._order(f"is {node} {pid}")

    def cut(self, node: int) -> None:
        """From now on nothing passes between this node and the others."""
        self._order(f"cut {node}")

    def join(self, node: int) -> None:
        """Mends the cable."""
        self._order(f"join {node}")

    def _connect(self) -> bool:
        try:
            self._control = socket.create_connection((LOOPBACK, self._control_port), timeout=10.0)
        except OSError:
            return False
        return True

    def _order(self, line: str) -> None:
        assert self._control is not None, "the cables were not started"
        self._control.sendall(f"{line}\n".encode())
        assert self._control.recv(16) == b"ok\n"
