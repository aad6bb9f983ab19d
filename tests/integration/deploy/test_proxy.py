"""The proxy: one base URL, routed by path, and no secret in its log."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.local.ports import LOOPBACK
from deploy.local.processes import Supervisor
from deploy.local.readiness import status_of, wait_until_ready
from deploy.local.services import proxy_spec
from deploy.local.settings import LocalSettings
from tests import plain_http
from tests.integration.deploy.waiting import wait_for


@contextmanager
def _service(name: str, port: int) -> Iterator[None]:
    """A server that answers with its name."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Location", "/?code=in-an-answer")
            self.send_header("Content-Length", str(len(name)))
            self.end_headers()
            self.wfile.write(name.encode())

        def log_request(self, code: object = "-", size: object = "-") -> None:
            pass

    with ThreadingHTTPServer((LOOPBACK, port), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield
        server.shutdown()


@pytest.fixture
def settings(folder: Path) -> Iterator[LocalSettings]:
    """A running proxy with registration and token behind it, and receipts down."""
    settings = LocalSettings.on_free_ports(folder)
    with ExitStack() as services:
        services.enter_context(_service("registration", settings.registration_port))
        services.enter_context(_service("token", settings.token_port))
        proxy = Supervisor(folder / "run", die_with_parent=True).ensure(proxy_spec(settings))
        wait_until_ready(proxy, lambda: status_of(settings.proxy_port, "/") is not None, seconds=15)
        yield settings


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/app-mgmt/v4/apps", "registration"),
        ("/connect/register", "registration"),
        ("/connect/register/some-id", "registration"),
        ("/app-mgmt/v0/connections", "token"),
        ("/oauth2/v0/token", "token"),
        ("/.well-known/openid-configuration", "token"),
        ("/sandboxes", "token"),
        ("/companies/1/users", "token"),
        ("/users/1", "token"),
    ],
)
def test_each_path_reaches_the_service_that_owns_it(settings: LocalSettings, path: str, service: str) -> None:
    assert plain_http.get(f"{settings.base_url}{path}").text == service


def test_any_other_path_is_a_404_in_json(settings: LocalSettings) -> None:
    answer = plain_http.get(f"{settings.base_url}/connect/registered")
    assert answer.status_code == 404
    assert answer.json()["status"] == 404
    assert len(answer.headers["concur-correlationid"]) == 36


def test_a_service_that_is_down_is_a_502_in_json(settings: LocalSettings) -> None:
    answer = plain_http.get(f"{settings.base_url}/receipts/v4/schemas")
    assert answer.status_code == 502
    assert answer.json()["status"] == 502
    assert len(answer.headers["concur-correlationid"]) == 36


def test_the_access_log_holds_the_path_and_no_token_or_code(settings: LocalSettings) -> None:
    access_log = settings.state_dir / "logs" / "access.log"
    plain_http.get(
        f"{settings.base_url}/oauth2/v0/authorize?code=in-the-query",
        headers={"Authorization": "Bearer in-a-header"},
    )
    wait_for(lambda: access_log.exists() and "/oauth2/v0/authorize" in access_log.read_text())
    logged = access_log.read_text()
    assert "in-the-query" not in logged
    assert "in-a-header" not in logged
    assert "in-an-answer" not in logged
    assert {json.loads(line)["request"]["uri"] for line in logged.splitlines()} >= {"/oauth2/v0/authorize"}
