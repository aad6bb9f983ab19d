"""The cables between brokers, as a program: `python -m tests.chaos.cables PLAN CONTROL_PORT`.

Each broker reaches the others only through here, and its clients directly; so a broker can be cut off from the others
while it goes on answering whoever consumes from it. PLAN is JSON: {"node": {"listening port": target port}}.

On the control port, one line each, answered by `ok`: `is NODE PID` tells which process a node is now (that is how a
connection's source is found), `cut NODE` lets everything to and from it vanish without a word, as a broken cable does,
and `join NODE` mends it.
"""

import asyncio
import json
import sys
from contextlib import suppress
from dataclasses import dataclass, field

import psutil
import uvloop

HOST = "127.0.0.1"
CHUNK = 65_536


@dataclass(eq=False, slots=True)
class Wire:
    """One connection between two brokers. While its gate is closed nothing passes, and neither side is told."""

    to_node: int
    from_port: int
    near: asyncio.StreamWriter
    far: asyncio.StreamWriter | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    was_cut: bool = False


class Cables:
    """All wires, and which nodes are cut off."""

    def __init__(self) -> None:
        self._pids: dict[int, int] = {}
        self._cut: set[int] = set()
        self._wires: set[Wire] = set()

    async def carry(self, node: int, target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carries one connection to a node until either side closes it."""
        wire = Wire(node, writer.get_extra_info("peername")[1], writer)
        self._wires.add(wire)
        self._set_gate(wire)
        try:
            await wire.gate.wait()
            far_reader, wire.far = await asyncio.open_connection(HOST, target)
            await asyncio.gather(_pass_on(reader, wire.far, wire), _pass_on(far_reader, writer, wire))
        except (OSError, RuntimeError):
            pass  # the node is down, or went down, or this wire was closed: the other side is told by the close
        finally:
            self._wires.discard(wire)
            _close(wire)

    def order(self, line: str) -> None:
        """Carries out one line from the control port. Raises ValueError."""
        what, node, *rest = line.split()
        match what:
            case "is":
                self._pids[int(node)] = int(rest[0])
            case "cut":
                self._cut.add(int(node))
            case "join":
                self._cut.discard(int(node))
            case _:
                raise ValueError(what)
        for wire in list(self._wires):
            self._set_gate(wire)

    def _set_gate(self, wire: Wire) -> None:
        if self._is_cut(wire):
            wire.was_cut = True
            wire.gate.clear()
        elif wire.was_cut:
            _close(wire)  # what was lost meanwhile is lost
            wire.gate.set()
        else:
            wire.gate.set()

    def _is_cut(self, wire: Wire) -> bool:
        if not self._cut:
            return False
        source = self._source(wire)
        return source != wire.to_node and (wire.to_node in self._cut or source in self._cut)

    def _source(self, wire: Wire) -> int | None:
        """The node from which a connection comes, by the process that holds its other end."""
        for node, pid in self._pids.items():
            with suppress(psutil.Error):
                if any(held.laddr[1:2] == (wire.from_port,) for held in psutil.Process(pid).net_connections("tcp")):
                    return node
        return None


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: Wire) -> None:
    with suppress(OSError, RuntimeError):
        while content := await reader.read(CHUNK):
            await wire.gate.wait()
            writer.write(content)
            await writer.drain()
    writer.close()


def _close(wire: Wire) -> None:
    for writer in (wire.near, wire.far):
        if writer is not None:
            writer.close()


async def _serve(plan: dict[str, dict[str, int]], control_port: int) -> None:
    cables = Cables()

    async def control(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for line in reader:
            cables.order(line.decode())
            writer.write(b"ok\n")
            await writer.drain()

    for node, forwards in plan.items():
        for port, target in forwards.items():
            await asyncio.start_server(_carrier(cables, int(node), target), HOST, int(port))
    server = await asyncio.start_server(control, HOST, control_port)
    await server.serve_forever()


def _carrier(cables: Cables, node: int, target: int):  # type: ignore[no-untyped-def]
    return lambda reader, writer: cables.carry(node, target, reader, writer)


if __name__ == "__main__":
    uvloop.run(_serve(json.loads(sys.argv[1]), int(sys.argv[2])))
