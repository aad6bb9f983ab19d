"""Changing an application: what is voided when the answer is there, whose word counts, and who comes first."""

import asyncio

import pytest

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.roles import Role
from grantstream.guard import TokenRefused
from tests.integration.services.registration.platform import Platform

APPS = "/app-mgmt/v4/apps"


def is_void(platform: Platform, claims: AccessTokenClaims) -> bool:
    try:
        platform.process.guard.authenticate(platform.mint.token(claims))
    except TokenRefused as refused:
        return refused.code == "token_void"
    return False


async def test_removing_a_scope_voids_its_live_tokens_at_once(
    platform: Platform,
) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    with_it = platform.app_claims(app, scopes=frozenset({"receipts.writeonly"}))
    without_it = platform.app_claims(app, scopes=frozenset({"openid"}))
    assert not is_void(platform, with_it)
    answer = await platform.http.patch(
        f"{APPS}/{app['appId']}", json={"scopes": ["openid"]}, headers=platform.headers(admin)
    )
    assert (answer.status_code, answer.headers["ETag"], answer.json()["version"]) == (200, '"2"', 2)
    assert is_void(platform, with_it)
    assert not is_void(platform, without_it)
    assert not is_void(platform, platform.app_claims(answer.json(), scopes=frozenset({"openid"})))


async def test_an_inactive_app_has_no_live_token_nor_availability(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    await platform.http.patch(f"{APPS}/{app['appId']}", json={"active": False}, headers=platform.headers(admin))
    assert is_void(platform, platform.app_claims(app))
    available = await platform.http.get(
        f"/app-mgmt/v4/companies/{admin.company_id}/apps?status=available", headers=platform.headers(admin)
    )
    assert available.json()["items"] == []
    own = await platform.http.get(APPS, headers=platform.headers(admin))
    assert [entry["active"] for entry in own.json()["items"]] == [False]


async def test_a_change_to_equal_values_makes_no_new_version(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    url = f"{APPS}/{app['appId']}"
    answer = await platform.http.patch(url, json={"name": app["name"]}, headers=platform.headers(admin))
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert answer.json()["updatedAt"] == app["updatedAt"]


async def test_a_stale_condition_is_refused_and_changes_nothing(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    url, headers = f"{APPS}/{app['appId']}", platform.headers(admin)
    assert (await platform.http.patch(url, json={"name": "B"}, headers=headers | {"If-Match": '"1"'})).is_success
    for condition in ('"1"', 'W/"2"', '"x"'):
        stale = await platform.http.patch(url, json={"name": "C"}, headers=headers | {"If-Match": condition})
        assert (stale.status_code, stale.json()["code"]) == (412, "version_stale")
    assert (await platform.http.patch(url, json={"name": "D"}, headers=headers | {"If-Match": "2"})).status_code == 400
    read = await platform.http.get(url, headers=headers)
    assert (read.json()["name"], read.headers["ETag"]) == ("B", '"2"')
    unchanged = await platform.http.get(url, headers=headers | {"If-None-Match": 'W/"2"'})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_of_concurrent_changes_to_one_version_one_succeeds(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    headers = platform.headers(admin) | {"If-Match": '"1"'}
    answers = await asyncio.gather(
        *(platform.http.patch(f"{APPS}/{app['appId']}", json={"name": name}, headers=headers) for name in "ABCDEF")
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412, 412]


async def test_concurrent_unconditional_changes_are_serialized(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    headers = platform.headers(admin)
    answers = await asyncio.gather(
        *(platform.http.patch(f"{APPS}/{app['appId']}", json={"name": name}, headers=headers) for name in "ABCDEF")
    )
    assert sorted(answer.json()["version"] for answer in answers) == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    "field", [{"visibility": "public"}, {"reviewComplete": True}, {"suspended": False}, {"keySpace": ["app/*"]}]
)
async def test_fields_of_the_staff_are_not_taken_from_a_partner(platform: Platform, field: dict[str, object]) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    answer = await platform.http.patch(f"{APPS}/{app['appId']}", json=field, headers=platform.headers(admin))
    assert (answer.status_code, answer.json()["code"]) == (403, "fields_not_allowed")
    assert answer.json()["fields"] == list(field)
    assert answer.json()["detail"] == f"Only the platform's staff may set {next(iter(field))}."


async def test_staff_complete_a_review_publish_and_assign_a_scope(platform: Platform) -> None:
    app = await platform.registered(await platform.administrator())
    staff = platform.headers(await platform.staff())
    url = f"{APPS}/{app['appId']}"
    early = await platform.http.patch(url, json={"visibility": "public"}, headers=staff)
    assert (early.status_code, early.json()["code"]) == (409, "review_not_complete")
    decision = {"visibility": "public", "reviewComplete": True, "scopes": ["receipts.write", "openid"]}
    answer = await platform.http.patch(url, json=decision, headers=staff)
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in decision} == decision
    details = {"name": "Mine", "redirectUris": [], "sensitiveDataGroups": []}
    renamed = await platform.http.patch(url, json=details, headers=staff)
    assert (renamed.status_code, renamed.json()["fields"]) == (403, sorted(details))


async def test_staff_grant_and_narrow_the_right_to_write_events(platform: Platform) -> None:
    app = await platform.registered(await platform.administrator())
    url, staff = f"{APPS}/{app['appId']}", platform.headers(await platform.staff())
    decision = {"scopes": ["app.event.writeonly"], "keySpace": ["app/portal-*", "app/4711"]}
    given = await platform.http.patch(url, json=decision, headers=staff)
    assert given.status_code == 200
    assert {name: given.json()[name] for name in decision} == decision
    claims = platform.app_claims(given.json(), scopes=frozenset(decision["scopes"]))
    assert not is_void(platform, claims)
    assert (await platform.http.patch(url, json={"keySpace": ["app/4711"]}, headers=staff)).status_code == 200
    assert is_void(platform, claims)
    assert (await platform.http.get(url, headers=staff)).json()["keySpace"] == ["app/4711"]


@pytest.mark.parametrize(
    "decision",
    [
        *({"keySpace": entries} for entries in (["key/*"], ["*"], ["app/a", "app/a"], [""], "app/*", None)),
        {"scopes": ["key.event.writeonly"]},
    ],
)
async def test_staff_cannot_give_away_what_is_the_platforms(platform: Platform, decision: dict[str, object]) -> None:
    app = await platform.registered(await platform.administrator())
    staff = platform.headers(await platform.staff())
    answer = await platform.http.patch(f"{APPS}/{app['appId']}", json=decision, headers=staff)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_suspension_voids_tokens_until_staff_lift_it(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    url, staff = f"{APPS}/{app['appId']}", platform.headers(await platform.staff())
    assert (await platform.http.patch(url, json={"suspended": True}, headers=staff)).status_code == 200
    assert is_void(platform, platform.app_claims(app))
    enabling = f"/app-mgmt/v4/companies/{admin.company_id}/apps/{app['appId']}"
    for enabled, status in ((False, 200), (True, 409)):
        answer = await platform.http.put(enabling, json={"enabled": enabled}, headers=platform.headers(admin))
        assert answer.status_code == status
    lifted = await platform.http.patch(url, json={"suspended": False}, headers=staff)
    assert not is_void(platform, platform.app_claims(lifted.json(), enablement_version=2))


async def test_another_companys_application_is_not_there(platform: Platform) -> None:
    app = await platform.registered(await platform.administrator())
    headers = platform.headers(await platform.administrator())
    url = f"{APPS}/{app['appId']}"
    answers = [
        await platform.http.get(url, headers=headers),
        await platform.http.patch(url, json={"name": "Mine"}, headers=headers),
        await platform.http.delete(url, headers=headers),
        await platform.http.get(f"{url}/changes/1", headers=headers),
        await platform.http.post(f"/app-mgmt/v4/{app['appId']}/secrets", headers=headers),
        await platform.http.get(f"/app-mgmt/v4/{app['appId']}/secrets", headers=headers),
        await platform.http.get(f"/app-mgmt/v4/companies/{app['companyId']}/apps", headers=headers),
        await platform.http.put(
            f"/app-mgmt/v4/companies/{app['companyId']}/apps/{app['appId']}", json={"enabled": False}, headers=headers
        ),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    never_there = await platform.http.get(f"{APPS}/00000000-0000-4000-8000-000000000000", headers=headers)
    assert never_there.json()["detail"] == answers[0].json()["detail"]


async def test_deletion_is_final(platform: Platform) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    url, headers = f"{APPS}/{app['appId']}", platform.headers(admin)
    stale = await platform.http.delete(url, headers=headers | {"If-Match": '"7"'})
    assert stale.status_code == 412
    assert (await platform.http.delete(url, headers=headers)).status_code == 204
    assert is_void(platform, platform.app_claims(app))
    assert (await platform.http.get(url, headers=headers)).status_code == 404
    enabling = f"/app-mgmt/v4/companies/{admin.company_id}/apps/{app['appId']}"
    assert (await platform.http.put(enabling, json={"enabled": True}, headers=headers)).status_code == 404
    assert (await platform.http.post(f"/app-mgmt/v4/{app['appId']}/secrets", headers=headers)).status_code == 404
    enabled = await platform.http.get(f"/app-mgmt/v4/companies/{admin.company_id}/apps?status=enabled", headers=headers)
    assert enabled.json()["items"] == []
    assert (await platform.http.get(f"{url}/changes/2", headers=headers)).json()["reached"] is True


async def test_an_application_reads_itself_and_nobody_else(platform: Platform) -> None:
    admin = await platform.administrator()
    app, other = await platform.registered(admin), await platform.registered(admin)
    own = platform.own_headers(app)
    assert (await platform.http.get(f"{APPS}/{app['appId']}", headers=own)).status_code == 200
    assert (await platform.http.get(f"{APPS}/{other['appId']}", headers=own)).status_code == 403
    developer = await platform.person(admin.company_id, Role.DEVELOPER)
    assert (await platform.http.get(APPS, headers=platform.headers(developer))).status_code == 200


async def test_lists_come_page_by_page(platform: Platform) -> None:
    admin = await platform.administrator()
    registered = [(await platform.registered(admin, name=f"App {number}"))["appId"] for number in range(5)]
    await platform.registered(await platform.administrator())
    for path in (APPS, f"/app-mgmt/v4/companies/{admin.company_id}/apps?status=available"):
        seen: list[str] = []
        following: str | None = f"{path}{'&' if '?' in path else '?'}limit=2"
        while following is not None:
            page = (await platform.http.get(following, headers=platform.headers(admin))).json()
            assert len(page["items"]) <= 2
            seen += [entry["appId"] for entry in page["items"]]
            following = page.get("next")
        assert seen == registered
    everything = await platform.http.get(APPS, headers=platform.headers(await platform.staff()))
    assert len(everything.json()["items"]) == 6
