"""A migrated database for each test, and the HTTP application on it, with a guard that believes the test's tokens."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from grantstream.contracts.claims import API_AUDIENCE, Principal
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.events.token import UserRegistered
from grantstream.contracts.void import VoidBelow
from grantstream.postgres.migrations import migrate
from grantstream.postgres.pool import Pool, connection, opened_pool
from grantstream.service.app import Api
from grantstream.service.change import Changes
from grantstream.service.projected_rows import ProjectedRows
from grantstream.testing import FakeFence, Mint
from grantstream.testing.mint import ISSUER, producer_claims
from services.receipts.bootstrap import make_api, serve
from services.receipts.projections import USERS
from services.receipts.settings import ReceiptsSettings
from services.receipts.store.sql import MIGRATIONS
from tests.recency import Told
from tests.servers.databases import DatabaseServer
from tests.unit.services.receipts.samples import whole_receipt

LINK = "<http://schema.concursolutions.com/general-receipt.schema.json>;rel=describedBy"


@pytest.fixture(scope="session")
def database_template(postgres: DatabaseServer) -> str:
    """A database with the schema of receipts."""
    dsn = postgres.fresh_database()
    migrate(dsn, *MIGRATIONS)
    return dsn


@pytest.fixture
async def pool(database_dsn: str) -> AsyncIterator[Pool]:
    """A pool on an empty database of receipts."""
    async with opened_pool(database_dsn, application_name="tests") as opened:
        yield opened


@dataclass
class Platform:
    """The application, those who ask it, and what happened behind it."""

    pool: Pool
    client: httpx.AsyncClient
    mint: Mint
    fence: FakeFence
    nudges: list[None] = field(default_factory=list)
    projections: Told = field(default_factory=Told)

    def token(
        self,
        subject: str = "user-1",
        scopes: str = "receipts.read receipts.writeonly",
        principal: Principal = Principal.USER,
        company_id: str | None = "company-1",
    ) -> str:
        """A token for the API; by default that of user-1 of company-1."""
        claims = replace(
            producer_claims(),
            audience=API_AUDIENCE,
            subject=subject,
            client_id="app-1",
            principal=principal,
            company_id=company_id,
            scopes=frozenset(scopes.split()),
            enablement_version=None if company_id is None else 1,
            user_version=1 if principal is Principal.USER else None,
            key_space=(),
        )
        return self.mint.token(claims)

    def company_token(self, company_id: str = "company-1", **changes: Any) -> str:
        """A token of a whole company."""
        return self.token(company_id, principal=Principal.COMPANY, company_id=company_id, **changes)

    async def post(
        self, receipt: Any = None, *, user_id: str = "user-1", token: str | None = None, **changes: Any
    ) -> httpx.Response:
        """Posts a receipt; headers that are None are left out."""
        headers = {"authorization": f"Bearer {token or self.token()}", "link": LINK} | changes.pop("headers", {})
        body = {} if "content" in changes else {"json": whole_receipt() if receipt is None else receipt}
        sent = {name: value for name, value in headers.items() if value is not None}
        return await self.client.post(f"/receipts/v4/users/{user_id}", headers=sent, **body, **changes)

    async def get(self, path: str, token: str | None = None) -> httpx.Response:
        """Gets a path or a URL."""
        return await self.client.get(path, headers={"authorization": f"Bearer {token or self.token()}"})

    async def know_user(self, user_id: str, company_id: str, *, active: bool = True, version: int = 1) -> None:
        """Lets the projection of users know one."""
        moment = datetime(2026, 11, 22, tzinfo=UTC)
        user = UserRegistered(
            user_id=user_id,
            company_id=company_id,
            login=f"{user_id}@example.test",
            roles=(),
            active=active,
            created_at=moment,
            updated_at=moment,
            version=version,
        )
        async with connection(self.pool) as acquired:
            await USERS(acquired, user)

    def void(self, subject: str, *, version: int) -> None:
        """Lets the fence know that tokens of the subject from before `version` are void."""
        change = PermissionChanged(subject=subject, version=version, void_below=VoidBelow(version=version))
        self.fence.rules.apply(change, offset=0, appended_at=time.time())

    async def rows(self, query: str) -> list[Any]:
        """What a query finds."""
        async with connection(self.pool) as acquired:
            return list(await acquired.fetch(query))


@pytest.fixture
def settings(database_dsn: str, tmp_path: Path) -> ReceiptsSettings:
    """Settings whose pages are small and whose waits are short."""
    return ReceiptsSettings(
        postgres_dsn=database_dsn,
        kafka_bootstrap_servers="unused:9092",
        base_url=ISSUER,
        token_url="http://unused.test",
        client_id="receipts",
        client_key_file=tmp_path / "unused.pem",
        receipts_page_size=3,
        receipts_page_bytes=20_000,
        row_wait_limit=0.2,
        max_body_bytes=20_000,
    )


@pytest.fixture
async def platform(pool: Pool, settings: ReceiptsSettings) -> AsyncIterator[Platform]:
    """The HTTP application of one process, without a server around it."""
    mint, fence = Mint(), FakeFence()
    api = make_api(settings, _nothing_to_open)
    nudges: list[None] = []

    async def nudge() -> None:
        nudges.append(None)

    guard, projections = mint.guard(audience=API_AUDIENCE, fence=fence), Told()
    rows = ProjectedRows(pool=pool, rules=fence.rules, projections=projections, wait_limit=settings.row_wait_limit)
    serve(api, settings, guard, rows, Changes(pool=pool, source=settings.event_source, nudge=nudge))
    transport = httpx.ASGITransport(app=api)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        yield Platform(pool, client, mint, fence, nudges, projections)


@asynccontextmanager
async def _nothing_to_open(_: Api) -> AsyncIterator[None]:
    yield
