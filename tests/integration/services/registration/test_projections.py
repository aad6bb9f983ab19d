"""What registration knows of companies and users follows their events, in whatever order these come."""

import uuid
from datetime import timedelta

import pytest

from grantstream.contracts.events.token import CompanyRegistered
from grantstream.contracts.roles import Role
from grantstream.events.consuming.consumer import GuardedConsumer
from grantstream.events.consuming.projection import handlers_of
from grantstream.events.errors import ContradictoryEvent
from grantstream.events.producing.outbox import append_change
from grantstream.postgres.pool import connection, transaction
from grantstream.testing import eventually
from services.registration.projections import COMPANIES, PROJECTIONS
from tests.integration.services.registration.platform import BODY, NOW, Platform

COMPANY = CompanyRegistered(
    company_id="company-1",
    name="Harbour",
    domain="harbour.example",
    development_partner=False,
    sandbox=False,
    version=3,
    created_at=NOW,
    updated_at=NOW,
)


async def project(platform: Platform, event: CompanyRegistered) -> int:
    async with transaction(platform.pool) as acquired:
        await COMPANIES(acquired, event)
    async with connection(platform.pool) as acquired:
        company = await COMPANIES.find(acquired, event.company_id)
    assert company is not None
    return company.version


async def test_an_older_or_repeated_event_changes_nothing(platform: Platform) -> None:
    assert await project(platform, COMPANY) == 3
    assert await project(platform, COMPANY.model_copy(update={"version": 2, "name": "Old"})) == 3
    assert await project(platform, COMPANY) == 3
    assert await project(platform, COMPANY.model_copy(update={"version": 4})) == 4


async def test_other_content_of_the_same_version_is_contradictory(platform: Platform) -> None:
    await project(platform, COMPANY)
    with pytest.raises(ContradictoryEvent):
        await project(platform, COMPANY.model_copy(update={"updated_at": NOW + timedelta(seconds=1)}))


async def test_a_company_projected_from_kafka_may_register(platform: Platform, all_topics: str) -> None:
    company = COMPANY.model_copy(
        update={"company_id": str(uuid.uuid4()), "development_partner": True, "domain": "told.example"}
    )
    consumer = GuardedConsumer(
        all_topics,
        f"registration-{uuid.uuid4()}",
        platform.process.event_guard,
        handlers_of(PROJECTIONS),
        platform.pool,
    )
    await consumer.start()
    try:
        async with transaction(platform.pool) as acquired:
            await append_change(acquired, company, source="test", now=NOW)

        async def known() -> bool:
            return (
                await platform.pool.fetchval("select 1 from companies where company_id = $1", company.company_id) == 1
            )

        await eventually(known)
    finally:
        await consumer.stop()
    admin = await platform.person(company.company_id, Role.WEB_SERVICES_ADMINISTRATOR)
    answer = await platform.http.post("/app-mgmt/v4/apps", json=BODY, headers=platform.headers(admin))
    assert (answer.status_code, answer.json()["companyDomain"]) == (201, "told.example")
