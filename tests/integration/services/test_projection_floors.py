"""No service goes by a row that is older than what was set aside, for as long as nothing newer has come."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from grantstream.contracts.events.registration import AppEnabled, AppModified, Visibility
from grantstream.contracts.events.state import AggregateState
from grantstream.contracts.events.token import CompanyRegistered, UserModified
from grantstream.events.consuming.projection import Projection
from grantstream.events.dead.rows import DeadLetter, close_dead_letter, note_dead_letters
from grantstream.fence import RowBelowFloor
from grantstream.postgres.migrations import MigrationSet, migrate
from grantstream.postgres.pool import opened_pool, transaction
from services.receipts import projections as receipts
from services.receipts.store.sql import MIGRATIONS as RECEIPTS_MIGRATIONS
from services.registration import projections as registration
from services.registration.store.sql import MIGRATIONS as REGISTRATION_MIGRATIONS
from services.token import projections as token
from services.token.store.sql import MIGRATIONS as TOKEN_MIGRATIONS

_AT = datetime(2026, 11, 22, tzinfo=UTC)
_ID, _OTHER = str(uuid.uuid4()), str(uuid.uuid4())


def _app(version: int) -> AppModified:
    return AppModified(
        app_id=_ID, company_id=_OTHER, company_domain="example.com", name="app", description="", active=True,
        visibility=Visibility.PRIVATE, apis=(), sensitive_data_groups=(), scopes=(), allowed_grants=(),
        redirect_uris=(), environment="test", secrets=(), created_at=_AT, updated_at=_AT, version=version,
    )  # fmt: skip


def _enablement(version: int) -> AppEnabled:
    return AppEnabled(app_id=_ID, company_id=_OTHER, enabled=True, updated_at=_AT, version=version)


def _user(version: int) -> UserModified:
    return UserModified(
        user_id=_ID, company_id=_OTHER, login="user@example.test", roles=(), active=True, created_at=_AT,
        updated_at=_AT, version=version,
    )  # fmt: skip


def _company(version: int) -> CompanyRegistered:
    return CompanyRegistered(
        company_id=_ID, name="name", domain="example.com", development_partner=True, sandbox=True, created_at=_AT,
        updated_at=_AT, version=version,
    )  # fmt: skip


@dataclass(frozen=True)
class Case:
    migrations: Sequence[MigrationSet]
    state: Callable[[int], AggregateState]
    projection: Projection[Any]
    key: tuple[str, ...] = (_ID,)


CASES = {
    "token: application": Case(TOKEN_MIGRATIONS, _app, token.APPS),
    "token: enablement": Case(TOKEN_MIGRATIONS, _enablement, token.ENABLEMENTS, (_ID, _OTHER)),
    "registration: user": Case(REGISTRATION_MIGRATIONS, _user, registration.USERS),
    "registration: company": Case(REGISTRATION_MIGRATIONS, _company, registration.COMPANIES),
    "receipts: user": Case(RECEIPTS_MIGRATIONS, _user, receipts.USERS),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_row_below_its_floor_is_refused_until_updated(database_dsn: str, name: str) -> None:
    case = CASES[name]
    await asyncio.to_thread(migrate, database_dsn, *case.migrations)
    async with opened_pool(database_dsn, application_name="test") as pool, transaction(pool) as connection:
        assert await case.projection.find(connection, *case.key) is None
        await case.projection(connection, case.state(3))
        assert (await case.projection.find(connection, *case.key)).version == 3
        subject = case.state(3).subject
        letters = [_letter(subject, version) for version in (3, 5, 4)]
        await note_dead_letters(connection, "group", letters[:1])
        assert (await case.projection.find(connection, *case.key)).version == 3
        await note_dead_letters(connection, "group", letters[1:])
        await case.projection(connection, case.state(4))
        with pytest.raises(RowBelowFloor):
            await case.projection.find(connection, *case.key)
        await close_dead_letter(connection, letters[2], applied=4)
        with pytest.raises(RowBelowFloor):
            await case.projection.find(connection, *case.key)
        await close_dead_letter(connection, letters[1], applied=5)
        assert (await case.projection.find(connection, *case.key)).version == 4


def _letter(subject: str, version: int) -> DeadLetter:
    return DeadLetter(
        group_id="group", topic="app.modified", partition=0, offset=version, appended_at_ms=1, reason="event_poisonous",
        subject=subject, version=version,
    )  # fmt: skip
