"""What stands between the brokers of the chaos suite: it carries, it can be cut, and it can be mended."""

import os
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.local.ports import LOOPBACK, lasting_ports
from deploy.local.processes import Supervisor
from tests.chaos.cable_box import CableBox
from tests.servers.kafka_nodes import NodePorts


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        # A cable that is cut resets the connection, which is no fault of this end.
        with suppress(ConnectionError):
            while told := self.request.recv(100):
                self.request.sendall(told)


@pytest.fixture
def nodes() -> Iterator[dict[int, NodePorts]]:
    """Two nodes, of which the second answers on its internal port."""
    ports = lasting_ports(6)
    nodes = {1: NodePorts(*ports[:3]), 2: NodePorts(*ports[3:])}
    with socketserver.ThreadingTCPServer((LOOPBACK, nodes[2].internal), _Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield nodes
        server.shutdown()


@pytest.fixture
def box(tmp_path: Path, nodes: dict[int, NodePorts]) -> Iterator[CableBox]:
    supervisor = Supervisor(tmp_path / "run", die_with_parent=True)
    box = CableBox(tmp_path, nodes, supervisor)
    box.start()
    # This process stands for the first node: what comes from it comes from there.
    box.tell_process(1, os.getpid())
    yield box
    box.close()
    supervisor.stop_all()


def _asked(connection: socket.socket, word: bytes) -> bytes:
    connection.sendall(word)
    return connection.recv(100)


@pytest.mark.parametrize("cut", [1, 2])
def test_traffic_of_a_cut_off_node_is_dropped_silently(box: CableBox, cut: int) -> None:
    place = (LOOPBACK, box.reached[2].internal)
    with socket.create_connection(place, timeout=10) as before:
        assert _asked(before, b"before") == b"before"
        box.cut(cut)
        before.settimeout(0.3)
        with pytest.raises(TimeoutError):
            _asked(before, b"lost")
        with socket.create_connection(place, timeout=0.3) as meanwhile, pytest.raises(TimeoutError):
            _asked(meanwhile, b"lost too")
        box.join(cut)
        before.settimeout(10)
        assert before.recv(100) == b"", "what was cut is closed, and nothing of it arrives late"
    with socket.create_connection(place, timeout=10) as after:
        assert _asked(after, b"after") == b"after"
