"""New secrets: by whom, for how long beside the old, and what a leak voids."""

import hashlib
from typing import Any

import orjson
import pytest

from grantstream.guard import TokenRefused
from tests.integration.services.registration.platform import Platform

PATCH = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}


def secrets_of(app: dict[str, Any]) -> str:
    return f"/app-mgmt/v4/{app['appId']}/secrets"


def set_status(value: str) -> dict[str, Any]:
    return PATCH | {"Operations": [{"op": "replace", "path": "/status", "value": value}]}


async def stored_secrets(platform: Platform, app: dict[str, Any]) -> dict[str, str]:
    rows = orjson.loads(await platform.pool.fetchval("select secrets::text from apps where app_id = $1", app["appId"]))
    return {row["digest"].removeprefix("sha256:"): row["status"] for row in rows}


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


async def test_a_new_secret_ends_the_old_one_but_no_live_token(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    for body in (None, {}):
        answer = await platform.http.post(secrets_of(app), json=body, headers=platform.headers(admin))
        assert answer.status_code == 200
        made = answer.json()
        kept = await stored_secrets(platform, app)
        assert [value for value, status in kept.items() if status == "active"] == [digest(made["value"])]
    assert kept[digest(app["secret"]["value"])] == "inactive"
    platform.process.guard.authenticate(platform.mint.token(platform.app_claims(app)))


async def test_an_application_sees_to_its_own_secrets_only(platform: Platform) -> None:
    admin = await platform.administrator()
    app, other = await platform.registered(admin), await platform.registered(admin)
    own = platform.own_headers(app)
    made = await platform.http.post(secrets_of(app), json={"overlapHours": 24}, headers=own)
    assert made.status_code == 200
    listed = (await platform.http.get(secrets_of(app), headers=own)).json()
    assert [entry["status"] for entry in listed] == ["Active", "Active"]
    assert made.json()["value"] not in str(listed)
    assert "digest" not in listed[0]
    assert (await platform.http.post(secrets_of(other), headers=own)).status_code == 404
    company_token = platform.bearer(platform.app_claims(app))
    assert (await platform.http.post(secrets_of(app), headers=company_token)).status_code == 403


async def test_a_secret_is_switched_and_deleted_as_documented(platform: Platform) -> None:
    app = await platform.registered(await platform.administrator())
    own = platform.own_headers(app)
    url = f"{secrets_of(app)}/{app['secret']['id']}"
    assert (await platform.http.delete(url, headers=own)).status_code == 400
    assert (await platform.http.patch(url, json=set_status("inactive"), headers=own)).status_code == 200
    assert set((await stored_secrets(platform, app)).values()) == {"inactive"}
    assert (await platform.http.patch(url, json=set_status("active"), headers=own)).status_code == 200
    for wrong in (set_status("Active"), PATCH | {"Operations": []}, set_status("active") | {"schemas": ["x"]}):
        answer = await platform.http.patch(url, json=wrong, headers=own)
        assert (answer.status_code, answer.json()["code"]) == (400, "patch_invalid")
    assert (await platform.http.patch(url, json=set_status("inactive"), headers=own)).status_code == 200
    assert (await platform.http.delete(url, headers=own)).status_code == 204
    assert (await platform.http.delete(url, headers=own)).status_code == 404


async def test_a_leak_voids_the_tokens_that_the_old_secrets_gave(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    by_it = platform.mint.token(platform.app_claims(app, secret_id=app["secret"]["id"]))
    otherwise = platform.mint.token(platform.app_claims(app))
    answer = await platform.http.post(secrets_of(app), json={"leaked": True}, headers=platform.headers(admin))
    assert answer.status_code == 200
    platform.process.guard.authenticate(otherwise)
    with pytest.raises(TokenRefused) as refused:
        platform.process.guard.authenticate(by_it)
    assert refused.value.code == "token_void"
    assert list(await stored_secrets(platform, app)) == [digest(answer.json()["value"])]


async def test_deleting_a_secret_voids_its_tokens(platform: Platform) -> None:
    """No leak has to be reported for that."""
    admin = await platform.administrator()
    app = await platform.registered(admin)
    by_it = platform.mint.token(platform.app_claims(app, secret_id=app["secret"]["id"]))
    headers = platform.headers(admin)
    assert (await platform.http.post(secrets_of(app), headers=headers)).status_code == 200
    platform.process.guard.authenticate(by_it)
    assert (await platform.http.delete(f"{secrets_of(app)}/{app['secret']['id']}", headers=headers)).status_code == 204
    with pytest.raises(TokenRefused) as refused:
        platform.process.guard.authenticate(by_it)
    assert refused.value.code == "token_void"


async def test_invalid_overlaps_and_excess_secrets_are_refused(platform: Platform) -> None:
    app = await platform.registered(await platform.administrator())
    own = platform.own_headers(app)
    for body in (
        {"overlapHours": 169},
        {"overlapHours": -1},
        {"overlapHours": "1"},
        {"overlapHours": 1, "leaked": True},
    ):
        answer = await platform.http.post(secrets_of(app), json=body, headers=own)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    answers = [await platform.http.post(secrets_of(app), json={"overlapHours": 1}, headers=own) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 409]
