"""Users sign in with their passwords."""

import base64
import hashlib

import pytest

from tests.integration.services.token.conftest import SandboxOf, open_sandbox
from tests.integration.services.token.registration import App, Registration
from tests.integration.services.token.running import TokenService
from tests.integration.services.token.test_token_requests import refused
from tests.integration.services.token.tokens_read import claims_of, header_of


def test_a_user_gets_a_token_within_the_company(service: TokenService, app: App, sandbox: SandboxOf) -> None:
    body = service.token(**app.credentials(), **sandbox.credentials()).json()
    assert list(body) == [
        "expires_in",
        "scope",
        "token_type",
        "access_token",
        "refresh_token",
        "refresh_expires_in",
        "geolocation",
        "id_token",
    ]
    claims = claims_of(service, body["access_token"])
    assert (claims["sub"], claims["company_id"], claims["concur.type"]) == (
        sandbox.user_id,
        sandbox.company_id,
        "user",
    )
    assert (claims["app_version"], claims["enablement_version"], claims["user_version"]) == (1, 1, 1)
    assert claims["roles"] == ["web_services_administrator"]
    assert claims["grant_type"] == "password"


def test_the_id_token_is_bound_to_its_access_token(service: TokenService, app: App, sandbox: SandboxOf) -> None:
    body = service.token(**app.credentials(), **sandbox.credentials()).json()
    claims = claims_of(service, body["id_token"], audience=app.app_id)
    half = hashlib.sha256(body["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    assert (claims["sub"], claims["concur.type"], claims["concur.version"]) == (sandbox.user_id, "user", 2)
    assert header_of(body["id_token"])["typ"] == "JWT"


def test_without_openid_there_is_no_id_token(service: TokenService, app: App, sandbox: SandboxOf) -> None:
    assert "id_token" not in service.token(**app.credentials(), **sandbox.credentials(), scope="receipts.read").json()


def test_a_user_may_sign_in_by_id_or_in_other_letters(service: TokenService, app: App, sandbox: SandboxOf) -> None:
    for username in (sandbox.user_id, sandbox.login.upper()):
        answer = service.token(**app.credentials(), **(sandbox.credentials() | {"username": username}))
        assert answer.status_code == 200


def test_a_client_that_cannot_refresh_gets_no_refresh_token(
    service: TokenService, registration: Registration, sandbox: SandboxOf
) -> None:
    app = registration.register(sandbox.company_id, allowed_grants=("password",))
    assert "refresh_token" not in service.token(**app.credentials(), **sandbox.credentials()).json()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"password": "wrong"}, 5),
        ({"username": "nobody@example.com"}, 5),
        ({"username": ""}, 51),
        ({"password": ""}, 52),
        ({"credtype": "magic"}, 120),
        ({"credtype": "authtoken"}, 136),
        ({"password": "x" * 1000}, 5),
    ],
)
def test_wrong_user_credentials_have_their_code(
    service: TokenService, app: App, sandbox: SandboxOf, change: dict[str, str], code: int
) -> None:
    refused(service.token(**app.credentials(), **(sandbox.credentials() | change)), code)


def test_a_client_not_enabled_by_the_company_is_refused(
    service: TokenService, registration: Registration, app: App
) -> None:
    other = open_sandbox(service)
    refused(service.token(**app.credentials(), **other.credentials()), 53, 403)


def test_disabling_and_enabling_again_take_effect_at_once(
    service: TokenService, registration: Registration, app: App, sandbox: SandboxOf
) -> None:
    registration.disable(app, sandbox.company_id, 2)
    refused(service.token(**app.credentials(), **sandbox.credentials()), 53, 403)
    registration.enable(app, sandbox.company_id, 3)
    body = service.token(**app.credentials(), **sandbox.credentials()).json()
    assert claims_of(service, body["access_token"])["enablement_version"] == 3


@pytest.mark.parametrize("exists", [True, False])
def test_guessing_is_stopped_for_anybody_the_same_way(service: TokenService, app: App, exists: bool) -> None:
    user = open_sandbox(service)
    username = user.login if exists else f"nobody-{user.login}"
    for _ in range(10):
        refused(service.token(**app.credentials(), grant_type="password", username=username, password="wrong"), 5)
    answer = service.token(**app.credentials(), grant_type="password", username=username, password=user.password)
    refused(answer, 14)


def test_the_administration_client_needs_no_enablement(service: TokenService, sandbox: SandboxOf) -> None:
    claims = claims_of(service, service.admin_token(sandbox.login, sandbox.password))
    assert "enablement_version" not in claims
    assert set(claims["scope"].split()) >= {"app.write", "user.write", "openid"}


def test_no_user_writes_to_topics(service: TokenService, registration: Registration, sandbox: SandboxOf) -> None:
    app = registration.register(sandbox.company_id, scopes=("receipts.read", "receipt.event.writeonly"))
    parameters = {**app.credentials(), **sandbox.credentials()}
    assert service.token(**parameters).json()["scope"] == "receipts.read"
    refused(service.token(**parameters, scope="receipt.event.writeonly"), 901)
    refused(service.token(**parameters, resource="urn:grantstream:events"), 901)
