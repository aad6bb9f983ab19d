"""Ports: free ones, and a taken one told clearly."""

import os
import socket

import pytest

from deploy.local.errors import PortTaken
from deploy.local.ports import LASTING, LOOPBACK, free_port, free_ports, lasting_ports, require_free


def test_a_taken_port_error_names_its_holder_and_setting() -> None:
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(PortTaken) as raised:
            require_free(port, "Kafka", "GRANTSTREAM_LOCAL_KAFKA_PORT")
    told = str(raised.value)
    assert str(port) in told
    assert "Kafka" in told
    assert "GRANTSTREAM_LOCAL_KAFKA_PORT" in told
    assert str(os.getpid()) in told
    assert "\n" not in told


def test_a_port_held_with_reuseport_counts_as_taken() -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind((LOOPBACK, 0))
        holder.listen()
        with pytest.raises(PortTaken):
            require_free(holder.getsockname()[1], "the proxy", "GRANTSTREAM_LOCAL_PROXY_PORT")


def test_a_free_port_is_let_be() -> None:
    require_free(free_port(), "the proxy", "GRANTSTREAM_LOCAL_PROXY_PORT")


def test_free_ports_are_all_different() -> None:
    assert len(set(free_ports(20))) == 20


def test_lasting_ports_are_free_and_not_ephemeral() -> None:
    found = lasting_ports(20)
    assert len(set(found)) == 20
    for port in found:
        assert port in LASTING
        require_free(port, "anything", "A_SETTING")
