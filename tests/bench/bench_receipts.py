"""How fast a receipt is taken in, beside a bare handler: `PYTHONPATH=libs:. python -m tests.bench.bench_receipts`.

The bare handler is plain ASGI in the same server process, on the same pool and database. It makes the same two inserts
in one transaction, and nothing else: no token, no schema, no normalising. Both are asked in turns by the same clients.
Prints requests a second of each, and the ratio; `--durable` makes the database wait for the disk, as in production.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
from granian import Granian
from granian.constants import Interfaces, Loops
from starlette.types import Receive, Scope, Send
from uuid_utils.compat import uuid7

from deploy.local.ports import free_ports
from deploy.local.postgres_server import EmbeddedPostgres
from grantstream.contracts.claims import API_AUDIENCE, Principal
from grantstream.events.producing.outbox import OutboxNudge
from grantstream.postgres.migrations import migrate
from grantstream.postgres.pool import Pool, opened_pool
from grantstream.service.app import Api
from grantstream.service.change import Changes
from grantstream.service.projected_rows import ProjectedRows
from grantstream.testing import FakeFence, Mint
from grantstream.testing.mint import ISSUER, producer_claims
from services.receipts.bootstrap import make_api, serve
from services.receipts.settings import ReceiptsSettings
from services.receipts.store.sql import MIGRATIONS
from tests.recency import Told
from tests.servers.databases import DatabaseServer
from tests.unit.services.receipts.samples import whole_receipt

ROUNDS = 9
REQUESTS = 1500
CONNECTIONS = 16
DSN = "BENCH_RECEIPTS_DSN"
SCHEMA = "http://schema.concursolutions.com/general-receipt.schema.json"

INSERT_RECEIPT = """
    insert into receipt values ($1, $2, $3, $4, $5, 1, $6, $6, $6, $7::text::json, 'ACCEPTED', $8::text::jsonb)
"""
INSERT_EVENT = """
    insert into outbox (topic, key, ce_id, ce_type, ce_source, ce_subject, ce_time, ce_dataschema, data)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


class Bare:
    """The least that takes in a receipt and its event. `pool` is set while the server runs."""

    pool: Pool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        receipt_id, now = uuid7(), datetime.now(UTC)
        event = f'{{"version":1,"receipt_id":"{receipt_id.hex}","user_id":"user-1","company_id":"company-1"}}'.encode()
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                INSERT_RECEIPT, "company-1", receipt_id, "user-1", "app-1", "general", now, body.decode(), "[]"
            )
            await connection.execute(
                INSERT_EVENT, "receipt.posted", receipt_id.hex, uuid4(), "receipt.posted", "urn:x", "receipt/x", now,
                "urn:y", event,
            )  # fmt: skip
        await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


class Both:
    """The service, with the bare handler at `/bare` and a token for the service at `/a-token`."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._bare = Bare()
        self._mint = Mint()
        self._settings = ReceiptsSettings(
            postgres_dsn=dsn,
            kafka_bootstrap_servers="unused:9092",
            base_url=ISSUER,
            token_url="http://unused.test",
            client_id="receipts",
            client_key_file=Path("unused.pem"),
        )
        self._api = make_api(self._settings, self._running)

    @asynccontextmanager
    async def _running(self, api: Api) -> AsyncIterator[None]:
        async with opened_pool(self._dsn, application_name="bench", max_size=10) as pool:
            self._bare.pool = pool
            fence = FakeFence()
            guard = self._mint.guard(audience=API_AUDIENCE, fence=fence)
            rows = ProjectedRows(pool=pool, rules=fence.rules, projections=Told())
            changes = Changes(pool=pool, source=self._settings.event_source, nudge=OutboxNudge(pool))
            serve(api, self._settings, guard, rows, changes)
            api.add_hot("GET", "/a-token", self._token)
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._bare if scope["type"] == "http" and scope["path"] == "/bare" else self._api
        await app(scope, receive, send)

    async def _token(self, scope: Scope, receive: Receive, send: Send) -> None:
        claims = replace(
            producer_claims(),
            audience=API_AUDIENCE,
            subject="user-1",
            client_id="app-1",
            principal=Principal.USER,
            company_id="company-1",
            enablement_version=1,
            user_version=1,
            scopes=frozenset({"receipts.writeonly"}),
            key_space=(),
        )
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self._mint.token(claims).encode()})


def app() -> Both:
    """The application of the server process."""
    return Both(os.environ[DSN])


def request(path: str, token: str) -> bytes:
    """A whole HTTP/1.1 request that posts a receipt."""
    body = json.dumps(whole_receipt()).encode()
    lines = (
        f"POST {path} HTTP/1.1",
        "host: bench",
        f"authorization: Bearer {token}",
        f"link: <{SCHEMA}>;rel=describedBy",
        "content-type: application/json",
        f"content-length: {len(body)}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def rate(port: int, sent: bytes) -> float:
    """Requests a second, over kept-alive connections that each wait for an answer before they ask again."""
    share = REQUESTS // CONNECTIONS
    began = time.perf_counter()
    await asyncio.gather(*(_ask(port, sent, share) for _ in range(CONNECTIONS)))
    return share * CONNECTIONS / (time.perf_counter() - began)


async def _ask(port: int, sent: bytes, times: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(times):
        writer.write(sent)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 201"):
            raise RuntimeError(head.decode())
    writer.close()
    await writer.wait_closed()


async def compare(port: int) -> None:
    """Asks both in turns and prints what came of it."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        token = (await client.get("/a-token")).text
    paths = {"receipts": "/receipts/v4/users/user-1", "bare": "/bare"}
    rates: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(ROUNDS):
        for name, path in paths.items():
            rates[name].append(await rate(port, request(path, token)))
    ours, bare = (statistics.median(rates[name][1:]) for name in paths)
    print(f"receipt POST {ours:6.0f}/s   bare handler {bare:6.0f}/s   ratio {ours / bare:.2f} (target 0.5)")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--durable", action="store_true")
    parser.add_argument("--serve", type=int, help="internal: be the server, on this port")
    asked = parser.parse_args()
    if asked.serve:
        target = "tests.bench.bench_receipts:app"
        Granian(target, port=asked.serve, interface=Interfaces.ASGI, loop=Loops.uvloop, factory=True).serve()
        return
    with tempfile.TemporaryDirectory(prefix="bench-receipts-") as folder:
        Path(folder).chmod(0o711)
        postgres_port, port = free_ports(2)
        with EmbeddedPostgres(Path(folder), port=postgres_port, durable=asked.durable) as server:
            dsn = DatabaseServer(server.dsn).fresh_database()
            migrate(dsn, *MIGRATIONS)
            command = [sys.executable, "-m", "tests.bench.bench_receipts", "--serve", str(port)]
            serving = subprocess.Popen(command, env=os.environ | {DSN: dsn})
            try:
                _wait(port)
                asyncio.run(compare(port))
            finally:
                serving.terminate()
                serving.wait()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{port}/a-token").status_code == 200:
                return
        time.sleep(0.05)
    raise TimeoutError("the server did not start")


if __name__ == "__main__":
    main()
