"""Receipts as its two real processes, on the real database and broker, beside a stand-in for the token service."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.local.ports import free_ports
from grantstream.contracts.claims import API_AUDIENCE, Principal
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.events.receipts import ReceiptPosted
from grantstream.contracts.events.token import UserRegistered
from grantstream.contracts.void import VoidBelow
from grantstream.events.producing.outbox import prepared
from grantstream.testing import Mint, eventually
from grantstream.testing.mint import ISSUER, producer_claims
from tests import plain_http
from tests.deeds.own_broker import OwnBroker
from tests.integration.events.support import Topics
from tests.integration.services.receipts.conftest import LINK
from tests.integration.services.receipts.token_service import token_service
from tests.servers.databases import DatabaseServer
from tests.unit.services.receipts.samples import whole_receipt

ROOT = Path(__file__).parents[4]
PATIENCE = 60.0


@dataclass
class Running:
    """Both processes, ready, and what one can do to them."""

    mint: Mint
    topics: Topics
    url: str
    processes: dict[str, subprocess.Popen[bytes]]
    logs: Path

    async def tell(self, event: Any) -> None:
        """Publishes an event as the token service would."""
        token = self.mint.token(producer_claims())
        await self.topics.send(prepared(event, source="urn:grantstream:service:token", now=datetime.now(UTC)), token)

    def token(self, subject: str, company_id: str, principal: Principal) -> str:
        """A token that may read and write receipts."""
        claims = replace(
            producer_claims(),
            audience=API_AUDIENCE,
            subject=subject,
            client_id="app-1",
            principal=principal,
            company_id=company_id,
            enablement_version=1,
            user_version=1 if principal is Principal.USER else None,
            scopes=frozenset({"receipts.write"}),
            key_space=(),
        )
        return self.mint.token(claims)

    async def post(self, user_id: str, token: str) -> httpx.Response:
        """Posts a receipt."""
        headers = {"authorization": f"Bearer {token}", "link": LINK}
        async with httpx.AsyncClient(base_url=self.url) as client:
            return await client.post(f"/receipts/v4/users/{user_id}", json=whole_receipt(), headers=headers)


async def test_an_accepted_receipt_is_published_on_its_topic(running: Running) -> None:
    user_id, company_id = str(uuid4()), str(uuid4())
    answer = await running.post(user_id, running.token(user_id, company_id, Principal.USER))
    assert answer.status_code == 201
    receipt_id = answer.headers["location"].rpartition("/")[2]

    async def published() -> Any:
        return await running.topics.records("receipt.posted", lambda record: record.key == receipt_id.encode())

    [record] = await eventually(published, PATIENCE)
    event = ReceiptPosted.model_validate_json(record.value)
    headers = dict(record.headers)
    assert (event.user_id, event.company_id) == (user_id, company_id)
    assert headers["ce_type"] == b"receipt.posted"
    assert headers["authorization"].startswith(b"Bearer ")


async def test_a_company_token_posts_for_a_newly_published_user(running: Running) -> None:
    user_id, company_id, now = str(uuid4()), str(uuid4()), datetime.now(UTC)
    token = running.token(company_id, company_id, Principal.COMPANY)
    assert (await running.post(user_id, token)).status_code == 403
    user = UserRegistered(
        user_id=user_id,
        company_id=company_id,
        login="u@example.test",
        roles=(),
        active=True,
        created_at=now,
        updated_at=now,
        version=1,
    )
    await running.tell(user)

    async def accepted() -> bool:
        return (await running.post(user_id, token)).status_code == 201

    assert await eventually(accepted, PATIENCE)


async def test_a_token_is_refused_once_the_fence_voids_it(running: Running) -> None:
    user_id, company_id = str(uuid4()), str(uuid4())
    token = running.token(user_id, company_id, Principal.USER)
    assert (await running.post(user_id, token)).status_code == 201
    await running.tell(PermissionChanged(subject=f"user/{user_id}", version=2, void_below=VoidBelow(version=2)))

    async def refused() -> bool:
        return (await running.post(user_id, token)).status_code == 401

    assert await eventually(refused, PATIENCE)


async def test_both_processes_end_in_order_when_asked(running: Running) -> None:
    # The last test of this file, since nothing runs after it.
    for process in running.processes.values():
        process.terminate()
    codes = {name: await asyncio.to_thread(process.wait, PATIENCE) for name, process in running.processes.items()}
    assert codes == {"http": 0, "worker": 0}


@pytest.fixture(scope="module")
def running(
    own_kafka: OwnBroker, postgres: DatabaseServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """Both processes, started and ready.

    On a broker with a new fence: each record there that no key vouches for would hold up a process at its start.
    """
    folder = tmp_path_factory.mktemp("receipts")
    mint, log, dsn = Mint(), folder / "log", postgres.fresh_database()
    http_port, worker_port = free_ports(2)
    with token_service(mint) as token_url, ExitStack() as stack:
        environment = os.environ | {
            "PYTHONPATH": f"{ROOT / 'libs'}:{ROOT}",
            "GRANTSTREAM_POSTGRES_DSN": dsn,
            "GRANTSTREAM_KAFKA_BOOTSTRAP_SERVERS": own_kafka.bootstrap_servers,
            "GRANTSTREAM_BASE_URL": ISSUER,
            "GRANTSTREAM_TOKEN_URL": token_url,
            "GRANTSTREAM_CLIENT_ID": "receipts",
            "GRANTSTREAM_CLIENT_KEY_FILE": str(_key_file(folder)),
            "GRANTSTREAM_STATE_DIR": str(folder / "state"),
            "GRANTSTREAM_HTTP_PORT": str(http_port),
            "GRANTSTREAM_HTTP_WORKERS": "1",
            "GRANTSTREAM_WORKER_PORT": str(worker_port),
        }
        with log.open("ab") as output:
            subprocess.run(_command("migrate"), env=environment, stdout=output, stderr=output, check=True)
        processes = {role: stack.enter_context(_process(environment, log, role)) for role in ("http", "worker")}
        for role, port in (("http", http_port), ("worker", worker_port)):
            _wait_until_ready(port, processes[role], log)
        yield Running(mint, Topics(own_kafka.bootstrap_servers), f"http://127.0.0.1:{http_port}", processes, log)
    postgres.drop_database(dsn)


def _key_file(folder: Path) -> Path:
    file = folder / "client.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    return file


@contextmanager
def _process(environment: dict[str, str], log: Path, role: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(_command(role), env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _command(role: str) -> list[str]:
    return [sys.executable, "-m", "services.receipts", role]


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with suppress(httpx.TransportError):
            if plain_http.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200:
                return
        time.sleep(0.05)
    raise TimeoutError(log.read_text())
