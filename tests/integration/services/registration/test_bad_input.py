"""Bad input: a clear error of the API's own form, nothing stored, nothing that was sent repeated."""

from typing import Any

import orjson
import pytest

from tests.integration.services.registration.platform import BODY, Platform

APPS = "/app-mgmt/v4/apps"
MARK = "xyzzy-plugh"


def json_with(**changes: Any) -> bytes:
    return orjson.dumps(BODY | changes)


BAD_BODIES = {
    "unknown field": (json_with(visibility="public"), 422),
    "another unknown field": (json_with(companyId=MARK), 422),
    "python name": (json_with(redirect_uris=[]), 422),
    "number for a name": (json_with(name=7), 422),
    "text for a flag": (json_with(active="true"), 422),
    "number for a flag": (json_with(active=1), 422),
    "null": (json_with(description=None), 422),
    "text for a list": (json_with(scopes="openid"), 422),
    "object in a list": (json_with(scopes=[{}]), 422),
    "missing fields": (b"{}", 422),
    "a list": (b"[]", 422),
    "a text": (b'"x"', 422),
    "unknown scope": (json_with(scopes=[MARK]), 422),
    "unknown grant": (json_with(allowedGrants=[MARK]), 422),
    "unknown api": (json_with(apis=[MARK]), 422),
    "unknown group": (json_with(sensitiveDataGroups=[MARK]), 422),
    "unsafe redirect": (json_with(redirectUris=[f"http://{MARK}.example/"]), 422),
    "environment": (json_with(environment=MARK), 422),
    "scope twice": (json_with(scopes=["openid", "openid"]), 422),
    "empty name": (json_with(name=""), 422),
    "control character": (json_with(name=f"{MARK}\x07"), 422),
    "long name": (json_with(name=MARK * 20), 422),
    "NUL": (json_with(name="a\x00b"), 400),
    "lone surrogate": (b'{"name": "\\ud800"}', 400),
    "broken JSON": (b'{"name": "' + MARK.encode(), 400),
    "nothing": (b"", None),
    "invalid UTF-8": (b'{"name": "\xff"}', 400),
    "a name twice": (b'{"name": "a", "name": "b"}', 400),
    "NaN": (b'{"name": NaN}', 400),
    "deep": (b"[" * 9000, 400),
    "over the limit": (json_with(description=MARK * 3000), 413),
}


@pytest.mark.parametrize(("body", "status"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
async def test_a_bad_body_is_refused_clearly_and_leaves_no_trace(
    platform: Platform, body: bytes, status: int | None
) -> None:
    admin = await platform.administrator()
    headers = platform.headers(admin) | {"Content-Type": "application/json"}
    answer = await platform.http.post(APPS, content=body, headers=headers)
    assert answer.status_code == status or (status is None and answer.status_code in (400, 422))
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"urn:grantstream:problem:{problem['code']}"
    assert problem["correlationId"] == answer.headers["concur-correlationid"]
    if answer.status_code == 422:
        assert all(entry["pointer"].startswith("#") for entry in problem["errors"])
    assert MARK not in answer.text
    assert "Traceback" not in answer.text
    assert await platform.pool.fetchval("select count(*) from apps") == 0
    assert await platform.pool.fetchval("select count(*) from outbox") == 0


async def test_a_body_that_is_not_declared_as_json_is_refused(platform: Platform) -> None:
    headers = platform.headers(await platform.administrator()) | {"Content-Type": "text/plain"}
    assert (await platform.http.post(APPS, content=json_with(), headers=headers)).status_code == 415


@pytest.mark.parametrize(
    "app_id", ["%00", "%F0%9F%98%80", "x" * 500, "%2e%2e", "' or 1=1--", "00000000-0000-4000-8000-000000000000"]
)
async def test_what_cannot_be_an_id_is_not_there(platform: Platform, app_id: str) -> None:
    admin = await platform.administrator()
    headers = platform.headers(admin)
    answers = [
        await platform.http.get(f"{APPS}/{app_id}", headers=headers),
        await platform.http.patch(f"{APPS}/{app_id}", json={"name": "x"}, headers=headers),
        await platform.http.put(
            f"/app-mgmt/v4/companies/{admin.company_id}/apps/{app_id}", json={"enabled": True}, headers=headers
        ),
        await platform.http.post(f"/app-mgmt/v4/{app_id}/secrets", headers=headers),
    ]
    assert {answer.status_code for answer in answers} <= {404, 405}
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in answers)


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=%00", "cursor=" + "A" * 400])
async def test_a_bad_page_is_refused(platform: Platform, query: str) -> None:
    headers = platform.headers(await platform.administrator())
    answer = await platform.http.get(f"{APPS}?{query}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_patch_takes_no_null_and_no_unknown_field(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    for body in ({"name": None}, {"nickname": "x"}, {"scopes": None}, {"secrets": []}, {"enabled": 1}):
        answer = await platform.http.patch(f"{APPS}/{app['appId']}", json=body, headers=platform.headers(admin))
        assert answer.status_code == 422
    assert (await platform.http.get(f"{APPS}/{app['appId']}", headers=platform.headers(admin))).json()["version"] == 1
