"""Refresh tokens: one use each, and no more than what was not narrowed since the sign-in."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from grantstream.contracts.void import VoidBelow
from tests.integration.services.token.conftest import SandboxOf
from tests.integration.services.token.registration import App, Registration
from tests.integration.services.token.running import TokenService
from tests.integration.services.token.test_token_requests import refused
from tests.integration.services.token.tokens_read import claims_of


def sign_in(service: TokenService, app: App, sandbox: SandboxOf) -> str:
    return str(service.token(**app.credentials(), **sandbox.credentials()).json()["refresh_token"])


def refresh(service: TokenService, app: App, value: str, **parameters: str) -> httpx.Response:
    return service.token(**app.credentials(), grant_type="refresh_token", refresh_token=value, **parameters)


def let_the_grace_pass() -> None:
    # The setting of these tests is half a second; the token's own clock is the wall's.
    until = time.time() + 0.6
    while time.time() < until:
        time.sleep(0.05)


def test_each_use_gives_a_new_token_and_a_new_six_months(service: TokenService, app: App, sandbox: SandboxOf) -> None:
    first = sign_in(service, app, sandbox)
    body = refresh(service, app, first).json()
    assert body["refresh_token"] != first
    assert 182 * 86400 < body["refresh_expires_in"] - time.time() <= 183 * 86400 + 5
    assert refresh(service, app, body["refresh_token"]).status_code == 200
    assert body["scope"] == "openid receipts.write"
    assert "id_token" in body


def test_a_second_use_ends_the_family_and_voids_its_tokens(
    service: TokenService, registration: Registration, sandbox: SandboxOf
) -> None:
    app = registration.register(sandbox.company_id, scopes=("openid", "user.read"))
    signed_in = service.token(**app.credentials(), **sandbox.credentials()).json()
    first = signed_in["refresh_token"]
    second = refresh(service, app, first).json()

    def accepted(token: str) -> int:
        users = f"/companies/{sandbox.company_id}/users"
        return service.client.get(users, headers={"Authorization": f"Bearer {token}"}).status_code

    tokens = (signed_in["access_token"], second["access_token"])
    assert [accepted(token) for token in tokens] == [200, 200]
    let_the_grace_pass()
    assert "geolocation" in refused(refresh(service, app, first), 108)
    refused(refresh(service, app, second["refresh_token"]), 108)
    assert [accepted(token) for token in tokens] == [401, 401]


def test_a_lost_answer_may_be_asked_for_again(service: TokenService, app: App, sandbox: SandboxOf) -> None:
    first = sign_in(service, app, sandbox)
    assert refresh(service, app, first).status_code == 200
    again = refresh(service, app, first)
    assert again.status_code == 200
    assert refresh(service, app, again.json()["refresh_token"]).status_code == 200


def test_a_token_whose_successor_was_used_is_no_lost_answer(
    service: TokenService, app: App, sandbox: SandboxOf
) -> None:
    first = sign_in(service, app, sandbox)
    second = refresh(service, app, first).json()["refresh_token"]
    third = refresh(service, app, second).json()["refresh_token"]
    refused(refresh(service, app, first), 108)
    refused(refresh(service, app, third), 108)


def test_many_uses_at_once_leave_no_two_lines_alive(service: TokenService, app: App, sandbox: SandboxOf) -> None:
    first = sign_in(service, app, sandbox)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: refresh(service, app, first), range(8)))
    values = [answer.json()["refresh_token"] for answer in answers if answer.status_code == 200]
    assert values
    assert refresh(service, app, values[0]).status_code == 200
    let_the_grace_pass()
    for value in values[1:]:
        refused(refresh(service, app, value), 108)


def test_a_token_of_another_client_is_refused(
    service: TokenService, registration: Registration, app: App, sandbox: SandboxOf
) -> None:
    other = registration.register(sandbox.company_id)
    value = sign_in(service, app, sandbox)
    refused(refresh(service, other, value), 105)
    assert refresh(service, app, value).status_code == 200


def test_a_bad_or_missing_token_has_its_code(service: TokenService, app: App) -> None:
    refused(refresh(service, app, "nonsense"), 108)
    refused(service.token(**app.credentials(), grant_type="refresh_token"), 106)


def test_a_client_that_may_not_refresh_is_refused(
    service: TokenService, registration: Registration, app: App, sandbox: SandboxOf
) -> None:
    value = sign_in(service, app, sandbox)
    registration.modify(app, allowed_grants=("password",))
    refused(refresh(service, app, value), 107)


def test_a_request_that_asks_for_too_much_spends_nothing(service: TokenService, app: App, sandbox: SandboxOf) -> None:
    value = sign_in(service, app, sandbox)
    refused(refresh(service, app, value, scope="user.write"), 54)
    body = refresh(service, app, value, scope="receipts.read").json()
    assert body["scope"] == "receipts.read"
    assert refresh(service, app, body["refresh_token"]).json()["scope"] == "openid receipts.write"


def test_disabling_ends_the_family_even_if_enabled_again(
    service: TokenService, registration: Registration, app: App, sandbox: SandboxOf
) -> None:
    value = sign_in(service, app, sandbox)
    registration.disable(app, sandbox.company_id, 2)
    refused(refresh(service, app, value), 53, 403)
    registration.enable(app, sandbox.company_id, 3, VoidBelow(version=2))
    refused(refresh(service, app, value), 108)


def test_a_withdrawn_scope_stays_away_even_if_granted_again(
    service: TokenService, registration: Registration, app: App, sandbox: SandboxOf
) -> None:
    value = sign_in(service, app, sandbox)
    bounds = VoidBelow(scopes={"receipts.write": 2, "receipts.writeonly": 2})
    registration.modify(app, scopes=("openid", "receipts.read"), void_below=bounds)
    body = refresh(service, app, value).json()
    assert body["scope"] == "openid receipts.read"
    registration.modify(app, scopes=("openid", "receipts.write"))
    body = refresh(service, app, body["refresh_token"]).json()
    assert body["scope"] == "openid receipts.read"
    assert claims_of(service, body["access_token"])["app_version"] == 3


def test_withdrawing_the_sign_in_grant_ends_the_family(
    service: TokenService, registration: Registration, app: App, sandbox: SandboxOf
) -> None:
    value = sign_in(service, app, sandbox)
    grants = ("client_credentials", "refresh_token")
    registration.modify(app, allowed_grants=grants, void_below=VoidBelow(grants={"password": 2}))
    refused(refresh(service, app, value), 108)
