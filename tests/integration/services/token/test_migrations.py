"""What a platform has stored is found again, as it was, after the schema was brought up to date."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import asyncpg

from grantstream.contracts.events.token import CompanyRegistered, UserModified
from grantstream.contracts.roles import Role
from grantstream.contracts.void import VoidBelow
from grantstream.postgres.migrations import migrate
from grantstream.postgres.pool import connection, opened_pool
from services.token.domain.company import Company
from services.token.domain.user import User
from services.token.store import companies, users
from services.token.store.sql import MIGRATIONS
from tests.integration.services.earlier_schema import before
from tests.servers.databases import DatabaseServer

MADE, CHANGED = datetime(2026, 3, 29, 1, 2, 3, 456789, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
ABROAD = timezone(timedelta(hours=2))
COMPANY = CompanyRegistered(
    company_id="c", name='Acme "Ltd"', domain="acme.example", development_partner=True, sandbox=False, version=7,
    created_at=MADE, updated_at=CHANGED,
)  # fmt: skip
USER = UserModified(
    user_id="u", company_id="c", login="Kim@example.com", roles=(Role.DEVELOPER, Role.REVIEW_STAFF), active=False,
    version=5, void_below=VoidBelow(version=4, scopes={"user.read": 3}), created_at=MADE, updated_at=CHANGED,
)  # fmt: skip


async def test_companies_and_users_of_before_are_the_same_states(postgres: DatabaseServer, tmp_path: Path) -> None:
    dsn = postgres.fresh_database()
    *others, own = MIGRATIONS
    migrate(dsn, *others, before(own, "0010", tmp_path))
    old = await asyncpg.connect(dsn, server_settings={"timezone": "Europe/Berlin"})
    await old.execute(
        "insert into company values ($1, $2, $3, $4, $5, true, $6, $7, $8)",
        "c", COMPANY.name, COMPANY.domain, True, False, 7, MADE.astimezone(ABROAD), CHANGED,
    )  # fmt: skip
    await old.execute(
        "insert into user_account values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        "u", "c", USER.login, "kim@example.com", "hash", list(USER.roles), False, 5,
        USER.void_below.model_dump_json(), MADE, CHANGED,
    )  # fmt: skip
    # Whoever migrates may be in any time zone.
    database = await old.fetchval("select quote_ident(current_database())")
    await old.execute(f"alter database {database} set timezone = 'Asia/Tokyo'")
    await old.close()
    migrate(dsn, *MIGRATIONS)
    async with opened_pool(dsn, application_name="test") as pool, connection(pool) as acquired:
        company, user = await companies.find(acquired, "c"), await users.find_by_username(acquired, "KIM@example.com")
        assert company == Company(state=COMPANY, is_platform=True)
        assert company is not None
        assert company.state.to_bytes() == COMPANY.to_bytes()
        assert user == User(state=USER, password_hash="hash")
        assert user is not None
        assert user.state.to_bytes() == USER.to_bytes()
        assert await acquired.fetchval("select version from user_account") == 5
