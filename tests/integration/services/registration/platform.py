"""Registration in this process, on a real database and a real broker, with a mint that its guard believes."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import httpx

from grantstream.contracts.claims import API_AUDIENCE, AccessTokenClaims, Principal
from grantstream.contracts.events.token import CompanyRegistered, UserRegistered
from grantstream.contracts.roles import Role
from grantstream.events.producing.outbox import OutboxNudge
from grantstream.events.relaying.relay import Relay
from grantstream.fence import FenceSettings, Identity
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.postgres.pool import Pool, opened_pool, transaction
from grantstream.service.app import Api
from grantstream.service.change import Changes
from grantstream.service.in_force import InForce
from grantstream.service.projected_rows import ProjectedRows
from grantstream.testing import FixedCredentials, Mint, eventually
from grantstream.testing.mint import ISSUER, producer_claims
from services.registration.bootstrap import make_api, parts_of, serve
from services.registration.projections import COMPANIES, USERS
from services.registration.settings import RegistrationSettings
from tests.recency import Told

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SCOPES = frozenset({"app.read", "app.write"})
BODY = {"name": "Harbour Taxi", "scopes": ["receipts.writeonly", "openid"], "allowedGrants": ["client_credentials"]}


def settings_for(dsn: str, kafka: str, **changes: Any) -> RegistrationSettings:
    """The settings of a process of registration, with a short fence."""
    fields: dict[str, Any] = {
        "postgres_dsn": dsn,
        "kafka_bootstrap_servers": kafka,
        "base_url": ISSUER,
        "token_url": ISSUER,
        "client_id": f"registration-{uuid.uuid4()}",
        "client_key_file": Path("not-used.pem"),
        "max_body_bytes": 20_000,
        "fence_max_staleness": 4.0,
        "fence_answer_limit": 10.0,
        "row_wait_limit": 0.3,
    }
    return RegistrationSettings(**(fields | changes))


@asynccontextmanager
async def process_on_fence(
    settings: RegistrationSettings, mint: Mint, role: Literal["http", "worker"] = "http"
) -> AsyncIterator[GuardedProcess]:
    """A process that takes part in the fence."""
    process = GuardedProcess(
        Identity(settings.client_id, str(uuid.uuid4()), settings.service_name, role),
        FenceSettings(max_staleness=settings.fence_max_staleness, answer_limit=settings.fence_answer_limit),
        issuer=settings.base_url,
        bootstrap_servers=settings.kafka_bootstrap_servers,
        keys=mint.keys(),
        token=producer(mint, settings.client_id),
        count_refusal=lambda _: None,
    )
    await process.start()
    try:
        yield process
    finally:
        await process.stop()


def producer(mint: Mint, client_id: str) -> FixedCredentials:
    """What a process needs to write events."""
    return FixedCredentials.of(mint.token(producer_claims(client_id=client_id, subject=client_id)))


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user with a company."""

    user_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    company_id: str
    roles: tuple[Role, ...]


@dataclass
class Platform:
    """What tests work with."""

    settings: RegistrationSettings
    pool: Pool
    mint: Mint
    api: Api
    process: GuardedProcess
    http: httpx.AsyncClient
    projections: Told

    async def company(self, *, development_partner: bool = True, sandbox: bool = True, version: int = 1) -> str:
        """A company that registration knows."""
        company = CompanyRegistered(
            company_id=str(uuid.uuid4()),
            name="Harbour",
            domain="harbour.example",
            development_partner=development_partner,
            sandbox=sandbox,
            version=version,
            created_at=NOW,
            updated_at=NOW,
        )
        async with transaction(self.pool) as connection:
            await COMPANIES(connection, company)
        return company.company_id

    async def person(self, company_id: str, *roles: Role, user_id: str | None = None) -> Person:
        """A user that registration knows."""
        person = Person(user_id=user_id or str(uuid.uuid4()), company_id=company_id, roles=roles)
        user = UserRegistered(
            user_id=person.user_id,
            company_id=company_id,
            login=f"{person.user_id}@harbour.example",
            roles=roles,
            active=True,
            version=1,
            created_at=NOW,
            updated_at=NOW,
        )
        async with transaction(self.pool) as connection:
            await USERS(connection, user)
        return person

    async def administrator(self, **company: Any) -> Person:
        """A Web Services Administrator with a company of its own."""
        return await self.person(await self.company(**company), Role.WEB_SERVICES_ADMINISTRATOR)

    async def staff(self) -> Person:
        """A member of the platform's review staff."""
        return await self.person(await self.company(), Role.REVIEW_STAFF)

    def headers(self, person: Person, scopes: frozenset[str] = SCOPES, **changes: Any) -> dict[str, str]:
        """The header of a request with a user's token."""
        claims = replace(
            _api_claims("admin-client", scopes),
            app_version=0,  # the local admin client is a system client
            principal=Principal.USER,
            subject=person.user_id,
            company_id=person.company_id,
            roles=frozenset(person.roles),
            user_version=1,
            **changes,
        )
        return self.bearer(claims)

    def bearer(self, claims: AccessTokenClaims) -> dict[str, str]:
        """The header of a request with a token of these claims."""
        return {"Authorization": f"Bearer {self.mint.token(claims)}"}

    def app_claims(self, app: dict[str, Any], **changes: Any) -> AccessTokenClaims:
        """What the token service would give to an application for its own company, from its present versions."""
        claims = _api_claims(app["appId"], frozenset(app["scopes"]))
        known = {"company_id": app["companyId"], "app_version": app["version"], "enablement_version": 1}
        return replace(claims, **(known | {"principal": Principal.COMPANY} | changes))

    def own_headers(self, app: dict[str, Any]) -> dict[str, str]:
        """The header of a request with an application's own token."""
        claims = _api_claims(app["appId"], frozenset(app["scopes"]))
        return self.bearer(replace(claims, app_version=app["version"]))

    async def registered(self, person: Person, **changes: Any) -> dict[str, Any]:
        """An application of the person's company, known everywhere."""
        headers = self.headers(person)
        answer = await self.http.post("/app-mgmt/v4/apps", json=BODY | changes, headers=headers)
        assert answer.status_code in (201, 202), answer.text
        body: dict[str, Any] = answer.json()
        await self.reached(body.pop("status", None), headers)
        body.pop("pending", None)
        return body

    async def reached(self, status: str | None, headers: dict[str, str]) -> None:
        """Waits for what an answer 202 told to ask for; a new topic of a new broker can take its time."""

        async def is_reached() -> bool:
            return status is None or (await self.http.get(status, headers=headers)).json()["reached"] is True

        await eventually(is_reached)


def _api_claims(client_id: str, scopes: frozenset[str]) -> AccessTokenClaims:
    return producer_claims(audience=API_AUDIENCE, client_id=client_id, subject=client_id, scopes=scopes, key_space=())


@asynccontextmanager
async def open_platform(settings: RegistrationSettings, mint: Mint) -> AsyncIterator[Platform]:
    """Registration with its relay, serving."""
    async with (
        opened_pool(settings.postgres_dsn, application_name="test", max_size=8) as pool,
        process_on_fence(settings, mint) as process,
        relaying(settings, mint),
    ):
        nudge, projections = OutboxNudge(pool), Told()
        # Without the lifespan of a process: its garbage collection takes half a second beside all other tests.
        api = make_api(settings, _nothing_to_open)
        in_force = InForce(pool, process.fence)
        changes = Changes(pool=pool, source=settings.event_source, in_force=in_force, nudge=nudge)
        rows = ProjectedRows(pool=pool, rules=process.fence.rules, projections=projections)
        serve(api, parts_of(settings, process.guard, rows, changes))
        transport = httpx.ASGITransport(api)
        async with httpx.AsyncClient(transport=transport, base_url="http://registration.test") as http:
            yield Platform(settings, pool, mint, api, process, http, projections)
        await nudge.close()


@asynccontextmanager
async def _nothing_to_open(_: Api) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def relaying(settings: RegistrationSettings, mint: Mint) -> AsyncIterator[None]:
    """The relay of registration's outbox."""
    relay = Relay(
        settings.postgres_dsn.get_secret_value(),
        settings.kafka_bootstrap_servers,
        producer(mint, settings.client_id),
    )
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
