"""Registering an application, and who may."""

import asyncio
import hashlib
from dataclasses import replace
from typing import Any

import orjson
import pytest

from grantstream.contracts import subjects
from grantstream.contracts.roles import Role
from tests.integration.events.support import Topics
from tests.integration.services.registration.platform import BODY, Person, Platform

APPS = "/app-mgmt/v4/apps"


async def test_a_new_application_is_enabled_its_secret_shown_once(
    platform: Platform,
) -> None:
    admin = await platform.administrator()
    answer = await platform.http.post(APPS, json=BODY, headers=platform.headers(admin))
    assert answer.status_code == 201
    app = answer.json()
    assert answer.headers["Location"] == f"{APPS}/{app['appId']}"
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Server-Timing"].startswith("fence;")
    assert (app["companyId"], app["companyDomain"]) == (admin.company_id, "harbour.example")
    assert (app["visibility"], app["version"], app["active"]) == ("private", 1, True)
    read = await platform.http.get(answer.headers["Location"], headers=platform.headers(admin))
    assert read.json() == {name: value for name, value in app.items() if name != "secret"}
    enabled = await platform.http.get(
        f"/app-mgmt/v4/companies/{admin.company_id}/apps?status=enabled", headers=platform.headers(admin)
    )
    assert [(entry["appId"], entry["enabled"]) for entry in enabled.json()["items"]] == [(app["appId"], True)]


async def test_the_fence_has_app_and_enablement_before_the_answer(
    platform: Platform,
) -> None:
    app = await platform.registered(await platform.administrator())
    rules = platform.process.fence.rules
    assert rules.floor(subjects.app(app["appId"])) == 1
    assert rules.floor(subjects.enablement(app["appId"], app["companyId"])) == 1


async def test_events_carry_the_whole_app_but_not_its_secret(platform: Platform, all_topics: str) -> None:
    app = await platform.registered(await platform.administrator(), description="Rides")
    [registered] = await _records(all_topics, "app.registered", app["appId"])
    [enabled] = await _records(all_topics, "app.enabled", f"{app['appId']}/{app['companyId']}")
    told = orjson.loads(registered.value)
    assert (told["app_id"], told["version"], told["description"]) == (app["appId"], 1, "Rides")
    digest = hashlib.sha256(app["secret"]["value"].encode()).hexdigest()
    assert [secret["digest"] for secret in told["secrets"]] == [f"sha256:{digest}"]
    assert orjson.loads(enabled.value)["enabled"] is True
    stored = await platform.pool.fetch("select apps::text from apps")
    for text in (registered.value.decode(), enabled.value.decode(), str(stored)):
        assert app["secret"]["value"] not in text


@pytest.mark.parametrize(
    ("company", "role", "allowed"),
    [
        ({"development_partner": True, "sandbox": False}, Role.WEB_SERVICES_ADMINISTRATOR, True),
        ({"development_partner": True, "sandbox": False}, Role.ADMINISTRATOR, True),
        ({"development_partner": True, "sandbox": False}, Role.DEVELOPER, False),
        ({"development_partner": True, "sandbox": True}, Role.DEVELOPER, True),
        ({"development_partner": False, "sandbox": False}, Role.WEB_SERVICES_ADMINISTRATOR, False),
        ({"development_partner": True, "sandbox": False}, Role.REVIEW_STAFF, False),
    ],
)
async def test_who_may_register(platform: Platform, company: dict[str, bool], role: Role, allowed: bool) -> None:
    person = await platform.person(await platform.company(**company), role)
    answer = await platform.http.post(APPS, json=BODY, headers=platform.headers(person))
    assert answer.status_code == (201 if allowed else 403)
    assert await _stored(platform) == (1 if allowed else 0)


async def test_a_company_that_is_no_partner_is_refused_as_such(platform: Platform) -> None:
    admin = await platform.administrator(development_partner=False, sandbox=False)
    answer = await platform.http.post(APPS, json=BODY, headers=platform.headers(admin))
    assert answer.json()["code"] == "not_development_partner"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_scope_kind_of_token_and_permission_are_each_needed(platform: Platform) -> None:
    admin = await platform.administrator()
    for headers, status, missing in (
        ({}, 401, None),
        ({"Authorization": "Bearer x"}, 401, None),
        (platform.headers(admin, frozenset({"app.read"})), 403, "scope"),
        (platform.headers(await platform.person(admin.company_id)), 403, "permission"),
    ):
        answer = await platform.http.post(APPS, json=BODY, headers=headers)
        assert (answer.status_code, answer.json().get("missing")) == (status, missing)
    app = await platform.registered(admin)
    claims = platform.app_claims(app, scopes=frozenset({"app.write"}))
    answer = await platform.http.post(APPS, json=BODY, headers=platform.bearer(claims))
    assert (answer.status_code, answer.json()["missing"]) == (403, "claim")


async def test_a_user_is_refused_with_a_token_of_another_company(platform: Platform) -> None:
    admin = await platform.administrator()
    moved = replace(admin, company_id=await platform.company())
    answer = await platform.http.post(APPS, json=BODY, headers=platform.headers(moved))
    assert (answer.status_code, answer.json()["code"]) == (403, "caller_unknown")


async def test_a_user_who_is_not_yet_projected_is_waited_for(platform: Platform) -> None:
    company_id = await platform.company()
    person = Person(company_id=company_id, roles=(Role.WEB_SERVICES_ADMINISTRATOR,))
    answer = await platform.http.post(APPS, json=BODY, headers=platform.headers(person))
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "change_on_its_way", "1")
    asking = asyncio.create_task(platform.http.post(APPS, json=BODY, headers=platform.headers(person)))
    await asyncio.sleep(0)
    await platform.person(company_id, *person.roles, user_id=person.user_id)
    assert (await asking).status_code == 201


@pytest.mark.parametrize("scope", ["receipts.write", "app.write", "company.read", "fence.event.writeonly"])
async def test_scopes_that_staff_assign_are_refused_by_name(platform: Platform, scope: str) -> None:
    admin = await platform.administrator()
    body = BODY | {"scopes": ["openid", scope]}
    answer = await platform.http.post(APPS, json=body, headers=platform.headers(admin))
    assert answer.status_code == 403
    assert (answer.json()["code"], answer.json()["scopes"]) == ("scopes_assigned_by_staff", [scope])
    assert await _stored(platform) == 0


async def _stored(platform: Platform) -> int:
    count: int = await platform.pool.fetchval("select (select count(*) from apps) + (select count(*) from outbox)")
    return count if count == 0 else 1


async def _records(kafka: str, topic: str, key: str) -> list[Any]:
    return await Topics(kafka).records(topic, lambda record: record.key == key.encode())
