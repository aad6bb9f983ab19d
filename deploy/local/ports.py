"""Ports: finds free ones, and reports which process uses a taken one."""

import random
import socket
from collections.abc import Iterable
from contextlib import ExitStack, suppress

import psutil

from deploy.local.errors import PortTaken

LOOPBACK = "127.0.0.1"
LASTING = range(20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """Return `count` different ports that were free just now."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]


def free_port() -> int:
    """Return one port that was free just now."""
    return free_ports(1)[0]


def lasting_ports(count: int) -> list[int]:
    """Return `count` different free ports that no outgoing connection takes while a server is down.

    The system uses ports from 32768 on for outgoing connections; a restarted server must find its own port free.
    """
    ports: list[int] = []
    candidates = list(LASTING)
    random.SystemRandom().shuffle(candidates)
    for port in candidates:
        if len(ports) == count:
            break
        if _is_free(port):
            ports.append(port)
    return ports


def require_free(port: int, what: str, setting: str) -> None:
    """Raise PortTaken, with the holder and the setting to change, if `port` is taken."""
    if reason := why_taken(port):
        raise PortTaken(
            f"Port {port}, wanted for {what}, can't be used ({reason}): free it or choose another with {setting}."
        )


def why_taken(port: int) -> str | None:
    """Why `port` is taken, with the holder if the system shows it; None if it is free.

    A plain bind: servers that share ports (SO_REUSEPORT) would start silently beside another program.
    """
    with socket.socket() as probe:
        # So that our own connections in TIME_WAIT don't count; a listening socket still refuses.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            return _holder(port) or error.strerror or str(error)
    return None


def listening_ports(processes: Iterable[psutil.Process]) -> set[int]:
    """The ports that any of these processes listens on."""
    ports: set[int] = set()
    for process in processes:
        with suppress(psutil.Error):
            listening = [each for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
            ports.update(each.laddr.port for each in listening)
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _holder(port: int) -> str | None:
    """Name the process that listens on `port`, if the system shows it."""
    with suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr[1:2] == (port,)
            if listens and connection.pid:
                return f"process {connection.pid}, {psutil.Process(connection.pid).name()}, listens there"
    return None
