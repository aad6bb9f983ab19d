"""The answer waits for every process, and past the limit says who does not know yet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from grantstream.contracts import subjects
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.events.producing.outbox import append, is_relayed
from grantstream.fence import RawRecord
from grantstream.postgres.pool import transaction
from grantstream.testing import Mint, eventually
from services.registration.settings import RegistrationSettings
from tests.integration.services.registration.platform import (
    BODY,
    NOW,
    Platform,
    open_platform,
    process_on_fence,
    settings_for,
)

APPS = "/app-mgmt/v4/apps"


@pytest.fixture
async def impatient(settings: RegistrationSettings, mint: Mint) -> AsyncIterator[Platform]:
    """Registration that waits for all processes a short time only."""
    async with open_platform(settings.model_copy(update={"fence_answer_limit": 1.5}), mint) as opened:
        yield opened


@asynccontextmanager
async def process_that_lags(platform: Platform) -> AsyncIterator[asyncio.Event]:
    """A process that lives, and takes in nothing more of the fence before the event is set."""
    settings = settings_for("unused", platform.settings.kafka_bootstrap_servers)
    caught_up = asyncio.Event()
    async with process_on_fence(settings, platform.mint) as process:
        judge = process.fence._judge

        async def judge_later(raw: RawRecord) -> Any:
            await caught_up.wait()
            return await judge(raw)

        process.fence._judge = judge_later
        try:
            yield caught_up
        finally:
            caught_up.set()


async def test_past_the_limit_a_202_names_the_pending_processes(impatient: Platform) -> None:
    admin = await impatient.administrator()
    headers = impatient.headers(admin)
    app = await impatient.registered(admin)
    url = f"{APPS}/{app['appId']}"
    # The first record on a topic of a new broker can take longer than the limit.
    first = await impatient.http.patch(url, json={"name": "A"}, headers=headers)
    await impatient.reached(first.json().get("status"), headers)
    async with process_that_lags(impatient) as caught_up:
        answer = await impatient.http.patch(url, json={"name": "B"}, headers=headers)
        assert answer.status_code == 202
        body = answer.json()
        assert (body["name"], body["version"]) == ("B", 3)
        assert [(one["service"], one["role"]) for one in body["pending"]] == [("registration", "http")]
        assert body["status"] == answer.headers["Location"] == f"{url}/changes/3"
        status = (await impatient.http.get(body["status"], headers=headers)).json()
        assert (status["reached"], status["published"]) == (False, True)
        again = await impatient.http.patch(url, json={"name": "B"}, headers=headers)
        assert (again.status_code, again.json()["version"]) == (202, 3)
        caught_up.set()
        await impatient.reached(body["status"], headers)
        again = await impatient.http.patch(url, json={"name": "B"}, headers=headers)
        assert (again.status_code, again.json()["version"]) == (200, 3)


async def test_a_202_to_a_registration_contains_the_secret(impatient: Platform) -> None:
    admin = await impatient.administrator()
    await impatient.registered(admin)
    async with process_that_lags(impatient):
        answer = await impatient.http.post(APPS, json=BODY, headers=impatient.headers(admin))
    assert answer.status_code == 202
    assert answer.json()["secret"]["value"]
    assert answer.json()["pending"]


async def test_a_change_the_fence_has_forgotten_counts_as_known(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    await platform.pool.execute(
        """update apps set state = state
               || jsonb_build_object('updated_at', (state ->> 'updated_at')::timestamptz - interval '3 hours')"""
    )
    rules = platform.process.fence.rules
    rules.expire(4e9)
    rules._forgotten_until = 0.0  # the tokens of this test are of today
    headers = platform.headers(admin)

    async def counts_as_known() -> bool:  # once the relay has deleted what the broker acknowledged
        status = await platform.http.get(f"{APPS}/{app['appId']}/changes/1", headers=headers)
        return bool(status.json()["reached"])

    await eventually(counts_as_known)
    again = await platform.http.patch(f"{APPS}/{app['appId']}", json={"name": app["name"]}, headers=headers)
    assert again.status_code == 200


async def test_a_change_in_the_outbox_does_not_count_as_relayed(platform: Platform) -> None:
    subject = subjects.app("never-relayed")
    async with transaction(platform.pool) as connection:
        assert await is_relayed(connection, subject)
        await append(connection, PermissionChanged(subject=subject, version=2), source="test", now=NOW)
        assert not await is_relayed(connection, subject)
        assert await is_relayed(connection, subjects.app("another"))


async def test_a_change_that_never_was_is_not_there(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    company = f"/app-mgmt/v4/companies/{admin.company_id}/apps/{app['appId']}"
    for url, status in (
        (f"{APPS}/{app['appId']}/changes/2", 404),
        (f"{APPS}/{app['appId']}/changes/0", 422),
        (f"{company}/changes/1", 200),
        (f"{company}/changes/2", 404),
    ):
        assert (await platform.http.get(url, headers=platform.headers(admin))).status_code == status


async def test_a_company_behind_the_fence_is_awaited_then_refused(platform: Platform) -> None:
    admin = await platform.administrator()
    subject = subjects.company(admin.company_id)
    async with transaction(platform.pool) as connection:
        await append(connection, PermissionChanged(subject=subject, version=2), source="test", now=NOW)

    async def told() -> bool:
        return platform.process.fence.rules.floor(subject) == 2

    await eventually(told)
    answer = await platform.http.post(APPS, json=BODY, headers=platform.headers(admin))
    assert (answer.status_code, answer.json()["code"]) == (503, "change_on_its_way")
    assert "Retry-After" in answer.headers
    await platform.pool.execute("update companies set version = 2 where company_id = $1", admin.company_id)
    assert (await platform.http.post(APPS, json=BODY, headers=platform.headers(admin))).status_code == 201


async def test_projections_that_lag_too_far_decide_nothing(
    platform: Platform,
) -> None:
    """They may lack a change that the fence has forgotten already."""
    admin = await platform.administrator()
    platform.projections.recent = False
    answer = await platform.http.post(APPS, json=BODY, headers=platform.headers(admin))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    platform.projections.recent = True
    assert (await platform.http.post(APPS, json=BODY, headers=platform.headers(admin))).status_code == 201
