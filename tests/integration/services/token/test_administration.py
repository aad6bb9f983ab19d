"""Sandboxes, companies and users, over HTTP."""

import json
import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.local.server_access import run_in_thread
from tests.integration.services.token.conftest import SandboxOf, open_sandbox
from tests.integration.services.token.registration import App
from tests.integration.services.token.running import TokenService
from tests.integration.services.token.test_refresh_grant import refresh, sign_in
from tests.integration.services.token.test_token_requests import refused


def login() -> str:
    return f"user-{uuid.uuid4().hex[:12]}@example.com"


class Administrator:
    """A user at the administration endpoints."""

    def __init__(self, service: TokenService, company_id: str, username: str, password: str) -> None:
        self.service = service
        self.users = f"/companies/{company_id}/users"
        self.company = f"/companies/{company_id}"
        self.headers = {"Authorization": f"Bearer {service.admin_token(username, password)}"}

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.service.client.request(method, path, json=body, headers=self.headers)

    def add(self, **changes: Any) -> dict[str, Any]:
        answer = self.call("POST", self.users, {"login": login()} | changes)
        assert answer.status_code == 201, answer.text
        added: dict[str, Any] = answer.json()
        return added


@pytest.fixture
def administrator(service: TokenService, sandbox: SandboxOf) -> Administrator:
    return Administrator(service, sandbox.company_id, sandbox.login, sandbox.password)


@pytest.fixture(scope="module")
def staff(service: TokenService) -> Administrator:
    code, output, errors = service.command("seed")
    assert code == 0, errors
    seeded = json.loads(output)
    code, output, errors = service.command("add-staff", f"reviewer-{uuid.uuid4().hex[:8]}@example.com")
    assert code == 0, errors
    added = json.loads(output)
    company_id = _platform_company(service)
    assert Administrator(service, seeded["sandbox"]["company_id"], *_admin_of(seeded)).call("GET", "/openapi.json")
    return Administrator(service, company_id, added["login"], added["password"])


def _admin_of(seeded: dict[str, Any]) -> tuple[str, str]:
    return seeded["sandbox"]["admin_login"], seeded["sandbox"]["admin_password"]


def _platform_company(service: TokenService) -> str:
    async def find() -> str:
        connection = await asyncpg.connect(service.dsn)
        try:
            return str(await connection.fetchval("select company_id from company where is_platform"))
        finally:
            await connection.close()

    return run_in_thread(find())


def test_a_sandbox_administrator_can_sign_in_at_once(service: TokenService) -> None:
    answer = service.client.post("/sandboxes", json={"companyName": "Acme", "login": login()})
    body = answer.json()
    assert answer.status_code == 201
    assert (body["companyName"], body["roles"]) == ("Acme", ["web_services_administrator"])
    assert "fence;dur=" in answer.headers["server-timing"]
    token = service.admin_token(body["login"], body["password"])
    company = service.client.get(f"/companies/{body['companyId']}", headers={"Authorization": f"Bearer {token}"}).json()
    assert (company["developmentPartner"], company["sandbox"], company["domain"]) == (
        True,
        True,
        body["companyDomain"],
    )


def test_a_chosen_password_is_not_told_back(service: TokenService) -> None:
    body = {"login": login(), "password": "correct horse battery"}
    answer = service.client.post("/sandboxes", json=body)
    assert answer.status_code == 201
    assert "correct horse" not in answer.text
    assert service.admin_token(body["login"], body["password"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"login": 7}, 422),
        ({"login": "a b c"}, 422),
        ({"login": str(uuid.uuid4())}, 422),
        ({"login": "x@example.com", "password": "short"}, 422),
        ({"login": "x@example.com", "colour": "red"}, 422),
        ({"login": "x@example.com", "companyName": ""}, 422),
    ],
)
def test_a_bad_sign_up_is_told_why_and_nothing_of_it_back(
    service: TokenService, body: dict[str, Any], status: int
) -> None:
    answer = service.client.post("/sandboxes", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "errors" in answer.json()
    assert "short" not in answer.text


def test_a_login_belongs_to_one_user_in_any_letters(service: TokenService, sandbox: SandboxOf) -> None:
    answer = service.client.post("/sandboxes", json={"login": sandbox.login.upper()})
    assert (answer.status_code, answer.json()["code"]) == (409, "login_taken")


def test_an_administrator_adds_lists_and_reads_users(administrator: Administrator) -> None:
    added = [administrator.add(roles=["developer"]) for _ in range(3)]
    first = administrator.call("GET", f"{administrator.users}?limit=2").json()
    second = administrator.call("GET", first["next"]).json()
    listed = {user["userId"] for user in first["items"] + second["items"]}
    assert listed > {user["userId"] for user in added}
    assert "next" not in second
    one = administrator.call("GET", f"{administrator.users}/{added[0]['userId']}").json()
    assert (one["login"], one["roles"], "password" in one) == (added[0]["login"], ["developer"], False)


def test_somebody_without_the_permission_administers_nobody(
    service: TokenService, sandbox: SandboxOf, administrator: Administrator
) -> None:
    added = administrator.add(roles=["developer"])
    developer = Administrator(service, sandbox.company_id, added["login"], added["password"])
    answer = developer.call("POST", developer.users, {"login": login()})
    assert (answer.status_code, answer.json()["missing"]) == (403, "permission")


def test_another_companys_users_do_not_exist(service: TokenService, administrator: Administrator) -> None:
    other = open_sandbox(service)
    for method, path, body in (
        ("GET", f"/companies/{other.company_id}/users", None),
        ("GET", f"/companies/{other.company_id}", None),
        ("GET", f"{administrator.users}/{other.user_id}", None),
        ("PATCH", f"{administrator.users}/{other.user_id}", {"active": False}),
        ("PATCH", f"/companies/{other.company_id}/users/{other.user_id}", {"active": False}),
        ("POST", f"/companies/{other.company_id}/users", {"login": login()}),
        ("GET", f"{administrator.users}/{other.user_id}/changes/1", None),
        ("GET", f"{administrator.users}/%00", None),
    ):
        assert administrator.call(method, path, body).status_code == 404, (method, path)


def test_deactivating_ends_everything_before_the_answer(
    service: TokenService, sandbox: SandboxOf, administrator: Administrator, app: App
) -> None:
    added = administrator.add(roles=["administrator"])
    user = SandboxOf(sandbox.company_id, added["userId"], added["login"], added["password"])
    session = Administrator(service, sandbox.company_id, user.login, user.password)
    family = sign_in(service, app, user)
    assert session.call("GET", session.users).status_code == 200
    answer = administrator.call("PATCH", f"{administrator.users}/{user.user_id}", {"active": False})
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    answer = session.call("GET", session.users)
    assert answer.status_code == 401
    assert "invalid_token" in answer.headers["www-authenticate"]
    refused(service.token(**app.credentials(), **user.credentials()), 10)
    refused(refresh(service, app, family), 10)
    assert administrator.call("PATCH", f"{administrator.users}/{user.user_id}", {"active": True}).status_code == 200
    refused(refresh(service, app, family), 108)
    assert service.token(**app.credentials(), **user.credentials()).status_code == 200


def test_taking_a_role_voids_tokens_and_giving_one_does_not(
    service: TokenService, sandbox: SandboxOf, administrator: Administrator
) -> None:
    added = administrator.add(roles=["administrator"])
    path = f"{administrator.users}/{added['userId']}"
    session = Administrator(service, sandbox.company_id, added["login"], added["password"])
    assert administrator.call("PATCH", path, {"roles": ["administrator", "developer"]}).status_code == 200
    assert session.call("GET", session.users).status_code == 200
    assert administrator.call("PATCH", path, {"roles": ["developer"]}).status_code == 200
    assert session.call("GET", session.users).status_code == 401


def test_a_new_password_ends_what_the_old_one_opened(
    service: TokenService, sandbox: SandboxOf, administrator: Administrator, app: App
) -> None:
    added = administrator.add()
    user = SandboxOf(sandbox.company_id, added["userId"], added["login"], added["password"])
    family = sign_in(service, app, user)
    path = f"{administrator.users}/{user.user_id}"
    assert administrator.call("PATCH", path, {"password": "another long password"}).status_code == 200
    refused(refresh(service, app, family), 108)
    refused(service.token(**app.credentials(), **user.credentials()), 5)
    answer = service.token(**app.credentials(), **(user.credentials() | {"password": "another long password"}))
    assert answer.status_code == 200


def test_times_are_told_in_utc_with_milliseconds(administrator: Administrator) -> None:
    for told in (administrator.add(), administrator.call("GET", administrator.company).json()):
        for name in ("createdAt", "updatedAt"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told[name])


def test_a_change_that_changes_nothing_has_no_new_version(administrator: Administrator) -> None:
    added = administrator.add(roles=["developer"])
    answer = administrator.call("PATCH", f"{administrator.users}/{added['userId']}", {"roles": ["developer"]})
    assert (answer.status_code, answer.json()["version"]) == (200, 1)


def test_how_far_a_change_has_come_can_be_asked(administrator: Administrator) -> None:
    added = administrator.add()
    path = f"{administrator.users}/{added['userId']}/changes"
    assert administrator.call("GET", f"{path}/1").json() == {"reached": True, "published": True, "pending": []}
    assert administrator.call("GET", f"{path}/2").status_code == 404


def test_a_change_the_fence_has_forgotten_counts_as_known(service: TokenService, administrator: Administrator) -> None:
    path = f"{administrator.users}/{_user_of_old(service, administrator.add()['userId'])}"
    assert administrator.call("GET", f"{path}/changes/1").json()["reached"] is True
    assert administrator.call("GET", f"{path}/changes/9").json()["code"] == "not_found"
    again = administrator.call("PATCH", path, {"active": True})
    assert (again.status_code, again.json()["version"]) == (200, 1)


def _user_of_old(service: TokenService, like: str) -> str:
    """A user whom the fence does not know, as it knows nobody who last changed more than an hour ago."""
    user_id = str(uuid.uuid4())

    async def make() -> None:
        connection = await asyncpg.connect(service.dsn)
        try:
            found = dict(await connection.fetchrow("select * from user_account where user_id = $1", like))
            del found["version"]  # generated
            state = json.loads(found["state"])
            changed_at = datetime.fromisoformat(state["updated_at"]) - timedelta(hours=3)
            state |= {"user_id": user_id, "updated_at": changed_at.isoformat()}
            found |= {"user_id": user_id, "login_key": user_id, "state": json.dumps(state)}
            places = ", ".join(f"${number}" for number in range(1, len(found) + 1))
            await connection.execute(
                f"insert into user_account ({', '.join(found)}) values ({places})", *found.values()
            )
        finally:
            await connection.close()

    run_in_thread(make())
    return user_id


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"active": true, "active": false}', "application/json", 400),
        (b'{"active": "yes"}', "application/json", 422),
        (b'{"company": "x"}', "application/json", 422),
        (b'{"roles": ["king"]}', "application/json", 422),
        (b"\xff", "application/json", 400),
        (b"active=true", "application/x-www-form-urlencoded", 415),
    ],
)
def test_a_bad_change_is_told_why_and_changes_nothing(
    administrator: Administrator, content: bytes, content_type: str, status: int
) -> None:
    added = administrator.add()
    path = f"{administrator.users}/{added['userId']}"
    answer = administrator.service.client.patch(
        path, content=content, headers=administrator.headers | {"Content-Type": content_type}
    )
    assert answer.status_code == status, answer.text
    assert administrator.call("GET", path).json()["version"] == 1


def test_only_staff_make_staff_and_only_in_their_company(administrator: Administrator, staff: Administrator) -> None:
    answer = administrator.call("POST", administrator.users, {"login": login(), "roles": ["review_staff"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert staff.add(roles=["review_staff"])["roles"] == ["review_staff"]
    assert staff.call("POST", administrator.users, {"login": login()}).status_code == 404


def test_a_plain_administrator_cannot_change_a_staff_user(service: TokenService, staff: Administrator) -> None:
    """Even within the company of the staff."""
    made, reviewer = staff.add(roles=["administrator"]), staff.add(roles=["review_staff"])
    beside = Administrator(service, made["companyId"], made["login"], made["password"])
    path = f"{beside.users}/{reviewer['userId']}"
    for change in ({"password": "a password of my own"}, {"active": False}, {"roles": ["review_staff", "developer"]}):
        assert beside.call("PATCH", path, change).status_code == 403
    assert staff.call("PATCH", path, {"password": "what the staff want"}).status_code == 200


def test_only_staff_decide_who_is_a_development_partner(administrator: Administrator, staff: Administrator) -> None:
    path = administrator.company
    assert administrator.call("PATCH", path, {"developmentPartner": False}).status_code == 403
    answer = staff.call("PATCH", path, {"developmentPartner": False})
    assert (answer.status_code, answer.json()["developmentPartner"]) == (200, False)
    assert staff.call("GET", f"{path}/changes/2").json()["reached"] is True
    assert administrator.call("GET", path).json()["version"] == 2


@pytest.mark.parametrize("company_id", ["%00", "%C3%A9", "x" * 101])
def test_an_impossible_company_id_is_not_found(staff: Administrator, company_id: str) -> None:
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/changes/1", None),
        ("PATCH", "", {"developmentPartner": True}),
    ):
        assert staff.call(method, f"/companies/{company_id}{path}", body).status_code == 404, (method, path)


def test_seeding_again_makes_nothing(service: TokenService, staff: Administrator) -> None:
    assert service.command("seed") == (0, "{}\n", "")


def test_administration_needs_a_token(service: TokenService, sandbox: SandboxOf) -> None:
    answer = service.client.get(f"/companies/{sandbox.company_id}/users")
    assert (answer.status_code, answer.headers["www-authenticate"][:6]) == (401, "Bearer")
