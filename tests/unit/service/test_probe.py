"""The health check of a container."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from grantstream.service.probe import PORTS, any_role_is_ready
from grantstream.service.settings import PREFIX, ServiceSettings

NOBODY = "1"
"""A port on which nothing listens."""


@contextmanager
def answering(status: int) -> Iterator[str]:
    """A server that gives this status for `/health/ready` and 404 for everything else; its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health/ready" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield str(server.server_port)
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("role", list(PORTS))
def test_either_role_will_do(role: str) -> None:
    with answering(200) as port:
        assert any_role_is_ready(dict.fromkeys(PORTS, NOBODY) | {role: port, "GRANTSTREAM_HTTP_HOST": "0.0.0.0"})


def test_a_process_that_is_not_ready_is_unhealthy() -> None:
    with answering(503) as port:
        assert not any_role_is_ready(dict.fromkeys(PORTS, port))


def test_nobody_listening_is_unhealthy() -> None:
    assert not any_role_is_ready(dict.fromkeys(PORTS, NOBODY))


def test_default_probe_ports_are_the_settings_defaults() -> None:
    for name, default in PORTS.items():
        assert ServiceSettings.model_fields[name.removeprefix(PREFIX).lower()].default == default
