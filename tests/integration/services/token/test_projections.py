"""The token service takes a batch of registration's events in at once, and keeps the newest of each."""

from datetime import UTC, datetime

import pytest

from grantstream.contracts.events.registration import AppEnabled, AppModified, Visibility
from grantstream.events.errors import ContradictoryEvent
from grantstream.postgres.pool import opened_pool, transaction
from services.token.projections import APPS, ENABLEMENTS

_AT = datetime(2026, 11, 22, tzinfo=UTC)


def _app(app_id: str, version: int, name: str = "app") -> AppModified:
    return AppModified(
        app_id=app_id, company_id="company", company_domain="example.com", name=name, description="", active=True,
        visibility=Visibility.PRIVATE, apis=(), sensitive_data_groups=(), scopes=(), allowed_grants=(),
        redirect_uris=(), environment="test", secrets=(), created_at=_AT, updated_at=_AT, version=version,
    )  # fmt: skip


def _enablement(company_id: str, version: int) -> AppEnabled:
    return AppEnabled(app_id="app-1", company_id=company_id, enabled=True, updated_at=_AT, version=version)


async def test_the_newest_state_of_each_is_kept_as_if_taken_alone(database_dsn: str) -> None:
    async with opened_pool(database_dsn, application_name="test") as pool, transaction(pool) as connection:
        await APPS(connection, _app("app-1", 2))
        await APPS(connection, _app("app-2", 7))
        await APPS.take(connection, [_app("app-1", 3), _app("app-1", 4), _app("app-2", 6), _app("app-3", 1)])
        found = {name: await APPS.find(connection, name) for name in ("app-1", "app-2", "app-3")}
        assert {name: client and client.version for name, client in found.items()} == {
            "app-1": 4, "app-2": 7, "app-3": 1,
        }  # fmt: skip
        with pytest.raises(ContradictoryEvent):
            await APPS.take(connection, [_app("app-1", 4, "another name"), _app("app-3", 2)])
        await ENABLEMENTS.take(connection, [_enablement("company-1", 1), _enablement("company-2", 5)])
        await ENABLEMENTS.take(connection, [_enablement("company-1", 3), _enablement("company-2", 4)])
        for company, version in (("company-1", 3), ("company-2", 5)):
            enablement = await ENABLEMENTS.find(connection, "app-1", company)
            assert enablement is not None
            assert enablement.version == version
