"""What a platform has stored is found again, as it was, after the schema was brought up to date."""

from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from grantstream.contracts.events.registration import AppModified, EnablementState, SecretStatus, Visibility
from grantstream.contracts.void import VoidBelow
from grantstream.postgres.migrations import migrate
from grantstream.postgres.pool import connection, opened_pool
from services.registration.domain.app import App
from services.registration.domain.app_secrets import Secret
from services.registration.domain.enablement import Enablement
from services.registration.store import apps, enablements
from services.registration.store.sql import MIGRATIONS
from tests.integration.services.earlier_schema import before
from tests.servers.databases import DatabaseServer

MADE, CHANGED = datetime(2026, 3, 29, 1, 2, 3, 456789, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
SECRET = Secret(
    secret_id="s", digest="sha256:" + 64 * "0", status=SecretStatus.INACTIVE, created_at=MADE, updated_at=CHANGED,
    expires_at=CHANGED,
)  # fmt: skip
APP = App(
    state=AppModified(
        app_id="a",
        version=7,
        company_id="c",
        company_domain="acme.example",
        name='Taxi "1"',
        description="",
        active=False,
        visibility=Visibility.PUBLIC,
        apis=("receipts",),
        sensitive_data_groups=(),
        scopes=("openid", "receipts.read"),
        allowed_grants=("password",),
        redirect_uris=("https://taxi.example/",),
        environment="test",
        secrets=(SECRET,),
        suspended=True,
        key_space=("app/a*",),
        deleted=False,
        created_at=MADE,
        updated_at=CHANGED,
        void_below=VoidBelow(version=4, scopes={"openid": 3}, grants={"client_credentials": 2}),
    ),
    review_complete=True,
)
ENABLEMENT = Enablement(
    state=EnablementState(
        app_id="a", company_id="c", enabled=True, version=3, void_below=VoidBelow(version=2), updated_at=CHANGED
    )
)


async def test_migrating_keeps_applications_and_enablements(postgres: DatabaseServer, tmp_path: Path) -> None:
    dsn = postgres.fresh_database()
    *others, own = MIGRATIONS
    migrate(dsn, *others, before(own, "0003", tmp_path))
    old, state = await asyncpg.connect(dsn), APP.state
    await old.execute(
        """insert into apps (app_id, company_id, company_domain, name, description, active, apis,
               sensitive_data_groups, scopes, allowed_grants, redirect_uris, environment, review_complete, visibility,
               suspended, deleted, secrets, void_below, version, created_at, updated_at, key_space)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, true, 'public', true, false, $13, $14, 7, $15,
               $16, $17)""",
        "a", "c", state.company_domain, state.name, "", False, list(state.apis), [], list(state.scopes),
        list(state.allowed_grants), list(state.redirect_uris), "test", f"[{SECRET.model_dump_json()}]",
        state.void_below.model_dump_json(), MADE, CHANGED, list(state.key_space),
    )  # fmt: skip
    await old.execute(
        "insert into enablements values ($1, $2, true, $3, 3, $4)",
        "a", "c", ENABLEMENT.state.void_below.model_dump_json(), CHANGED,
    )  # fmt: skip
    # Whoever migrates may be in any time zone.
    database = await old.fetchval("select quote_ident(current_database())")
    await old.execute(f"alter database {database} set timezone = 'Asia/Tokyo'")
    await old.close()
    migrate(dsn, *MIGRATIONS)
    async with opened_pool(dsn, application_name="test") as pool, connection(pool) as acquired:
        app, enablement = await apps.find(acquired, "a"), await enablements.find(acquired, "a", "c")
        assert app == APP
        assert app is not None
        assert app.state.to_bytes() == APP.state.to_bytes()
        assert app.secrets == (SECRET,)
        assert enablement == ENABLEMENT
        assert enablement is not None
        assert enablement.state.to_bytes() == ENABLEMENT.state.to_bytes()
        row = await acquired.fetchrow("select version, active, suspended, deleted, visibility from apps")
        assert tuple(row) == (7, False, True, False, "public")
