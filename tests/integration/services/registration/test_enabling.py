"""Enabling and disabling: effective in every process when the answer is there."""

import asyncio
from typing import Any

import pytest

from grantstream.contracts.roles import Role
from grantstream.guard import Guard, TokenRefused
from tests.integration.services.registration.platform import (
    Person,
    Platform,
    process_on_fence,
    settings_for,
)


def url_of(company_id: str, app: dict[str, Any]) -> str:
    return f"/app-mgmt/v4/companies/{company_id}/apps/{app['appId']}"


def takes(guard: Guard, token: str) -> bool:
    try:
        guard.authenticate(token)
    except TokenRefused:
        return False
    return True


async def put(platform: Platform, person: Person, app: dict[str, Any], *, enabled: bool) -> Any:
    return await platform.http.put(
        url_of(person.company_id, app), json={"enabled": enabled}, headers=platform.headers(person)
    )


async def public_app(platform: Platform) -> dict[str, Any]:
    app = await platform.registered(await platform.administrator())
    decision = {"visibility": "public", "reviewComplete": True}
    staff = platform.headers(await platform.staff())
    answer = await platform.http.patch(f"/app-mgmt/v4/apps/{app['appId']}", json=decision, headers=staff)
    body: dict[str, Any] = answer.json()
    return body


async def test_disabling_voids_live_tokens_in_every_process(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    token = platform.mint.token(platform.app_claims(app))
    others = [settings_for("unused", platform.settings.kafka_bootstrap_servers) for _ in range(3)]
    async with (
        process_on_fence(others[0], platform.mint) as one,
        process_on_fence(others[1], platform.mint) as two,
        process_on_fence(others[2], platform.mint) as three,
    ):
        guards = [one.guard, two.guard, three.guard, platform.process.guard]
        for _ in range(10):
            assert all(takes(guard, token) for guard in guards)
            disabled = await put(platform, admin, app, enabled=False)
            assert disabled.status_code == 200
            assert not any(takes(guard, token) for guard in guards)
            enabled = await put(platform, admin, app, enabled=True)
            assert not any(takes(guard, token) for guard in guards)
            version = enabled.json()["version"]
            token = platform.mint.token(platform.app_claims(app, enablement_version=version))


async def test_asking_again_changes_nothing_and_is_answered_alike(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    for enabled, version in ((True, 1), (False, 2), (False, 2), (True, 3), (True, 3)):
        answer = await put(platform, admin, app, enabled=enabled)
        assert (answer.status_code, answer.json()["version"]) == (200, version)
        assert answer.headers["ETag"] == f'"{version}"'
    read = await platform.http.get(url_of(admin.company_id, app), headers=platform.headers(admin))
    assert (read.json()["enabled"], read.json()["version"]) == (True, 3)


@pytest.mark.parametrize(
    ("sandbox", "role", "allowed"),
    [
        (False, Role.WEB_SERVICES_ADMINISTRATOR, True),
        (False, Role.ADMINISTRATOR, True),
        (False, Role.DEVELOPER, False),
        (True, Role.DEVELOPER, True),
        (False, Role.REVIEW_STAFF, False),
    ],
)
async def test_who_may_enable_a_public_application(
    platform: Platform, sandbox: bool, role: Role, allowed: bool
) -> None:
    app = await public_app(platform)
    person = await platform.person(await platform.company(development_partner=sandbox, sandbox=sandbox), role)
    answer = await put(platform, person, app, enabled=True)
    assert answer.status_code == (200 if allowed else 403)


async def test_another_company_sees_and_enables_public_apps_only(
    platform: Platform,
) -> None:
    public = await public_app(platform)
    private = await platform.registered(await platform.administrator())
    customer = await platform.administrator(development_partner=False, sandbox=False)
    headers = platform.headers(customer)
    listing = f"/app-mgmt/v4/companies/{customer.company_id}/apps"
    available = (await platform.http.get(f"{listing}?status=available", headers=headers)).json()["items"]
    assert [(entry["appId"], entry["enabled"]) for entry in available] == [(public["appId"], False)]
    assert not {"redirectUris", "allowedGrants", "companyId"} & available[0].keys()
    assert (await put(platform, customer, private, enabled=True)).status_code == 404
    never = await put(platform, customer, public, enabled=False)
    assert (never.status_code, never.json()["version"]) == (200, 0)
    assert (await put(platform, customer, public, enabled=True)).json()["version"] == 1
    enabled = (await platform.http.get(f"{listing}?status=enabled", headers=headers)).json()["items"]
    assert [entry["appId"] for entry in enabled] == [public["appId"]]


async def test_an_app_made_private_again_can_still_be_disabled(platform: Platform) -> None:
    app = await public_app(platform)
    customer = await platform.administrator()
    await put(platform, customer, app, enabled=True)
    staff = platform.headers(await platform.staff())
    await platform.http.patch(f"/app-mgmt/v4/apps/{app['appId']}", json={"visibility": "private"}, headers=staff)
    assert (await put(platform, customer, app, enabled=False)).status_code == 200


async def test_first_enablings_at_once_make_one_version(platform: Platform) -> None:
    app = await public_app(platform)
    customer = await platform.administrator()
    answers = await asyncio.gather(*(put(platform, customer, app, enabled=True) for _ in range(6)))
    assert {(answer.status_code, answer.json()["version"]) for answer in answers} == {(200, 1)}


async def test_a_stale_condition_is_refused(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    headers = platform.headers(admin) | {"If-Match": '"4"'}
    answer = await platform.http.put(url_of(admin.company_id, app), json={"enabled": False}, headers=headers)
    assert answer.status_code == 412


async def test_of_concurrent_disablings_of_one_version_one_wins(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    headers = platform.headers(admin) | {"If-Match": '"1"'}
    url = url_of(admin.company_id, app)
    answers = await asyncio.gather(
        *(platform.http.put(url, json={"enabled": False}, headers=headers) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412, 412]
