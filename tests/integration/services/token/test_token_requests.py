"""What every request to the token endpoint goes through, whatever its grant."""

import base64
from urllib.parse import quote

import httpx
import pytest

from grantstream.contracts.events.registration import AppModified
from tests import plain_http
from tests.integration.services.token.conftest import SandboxOf
from tests.integration.services.token.registration import App, Registration
from tests.integration.services.token.running import FORM, TokenService
from tests.integration.services.token.tokens_read import claims_of, header_of


def refused(answer: httpx.Response, code: int, status: int = 400) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    body: dict[str, object] = answer.json()
    assert body["code"] == code
    assert body["error"]
    assert body["error_description"]
    assert body["concur-correlationid"] == answer.headers["concur-correlationid"]
    assert answer.headers["cache-control"] == "no-store"
    return body


def test_an_application_gets_a_token_for_itself(service: TokenService, app: App) -> None:
    answer = service.token(**app.credentials(), grant_type="client_credentials")
    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == ["expires_in", "scope", "token_type", "access_token", "geolocation"]
    assert (body["expires_in"], body["token_type"], body["scope"]) == (3600, "Bearer", "openid receipts.write")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    claims = claims_of(service, body["access_token"])
    assert header_of(body["access_token"])["typ"] == "at+jwt"
    assert (claims["sub"], claims["concur.type"], claims["app_version"]) == (app.app_id, "app", 1)
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["secret_id"] == f"secret-{app.app_id}"
    assert "company_id" not in claims


def test_an_application_that_names_no_method_may_use_basic(service: TokenService, app: App) -> None:
    credentials = base64.b64encode(f"{quote(app.app_id)}:{quote(app.secret)}".encode()).decode()
    answer = service.client.post(
        "/oauth2/v0/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {credentials}"},
    )
    assert answer.status_code == 200


def test_an_application_can_use_only_its_named_auth_method(
    service: TokenService, registration: Registration, sandbox: SandboxOf
) -> None:
    app = registration.register(sandbox.company_id, token_endpoint_auth_method="client_secret_basic")
    refused(service.token(**app.credentials(), grant_type="client_credentials"), 64, 401)


def test_an_unknown_client_is_told_so(service: TokenService) -> None:
    answer = service.token(client_id="nobody", client_secret="x", grant_type="client_credentials")
    assert refused(answer, 61, 401)["error"] == "invalid_client"


def test_a_wrong_secret_is_refused_with_a_challenge(service: TokenService, app: App) -> None:
    answer = service.token(client_id=app.app_id, client_secret="wrong", grant_type="client_credentials")
    assert refused(answer, 64, 401)["error"] == "invalid_client"
    assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize(("missing", "code"), [("client_id", 62), ("client_secret", 63), ("grant_type", 65)])
def test_a_missing_parameter_has_its_own_code(service: TokenService, app: App, missing: str, code: int) -> None:
    parameters = {**app.credentials(), "grant_type": "client_credentials"}
    refused(service.token(**{name: value for name, value in parameters.items() if name != missing}), code)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"grant_type=client_credentials", "application/json"),
        (b"grant_type=client_credentials", f"{FORM}; charset=utf-16"),
        (b"grant_type=client_credentials", ""),
        (b"client_id=\xff&client_secret=b&grant_type=password", FORM),
        (b"client_id=%ff&client_secret=b&grant_type=password", FORM),
        (b"client_id=%zz&client_secret=b&grant_type=password", FORM),
        (b"client_id=%00&client_secret=b&grant_type=password", FORM),
        (b"client_id=a&client_id=a&client_secret=b&grant_type=password", FORM),
        (b"client_id=a&client_id=&client_secret=b&grant_type=password", FORM),
        (b"client_id=a&client_secret=b&grant_type=password&" + b"&".join(b"p%d=1" % i for i in range(80)), FORM),
    ],
)
def test_a_body_that_could_be_read_in_two_ways_is_refused(
    service: TokenService, body: bytes, content_type: str
) -> None:
    refused(service.client.post("/oauth2/v0/token", content=body, headers={"Content-Type": content_type}), 135)


def test_a_charset_of_utf_8_does_no_harm(service: TokenService, app: App) -> None:
    body = f"client_id={app.app_id}&client_secret={app.secret}&grant_type=client_credentials"
    headers = {"Content-Type": f"{FORM};charset=UTF-8"}
    assert service.client.post("/oauth2/v0/token", content=body, headers=headers).status_code == 200


def test_credentials_in_the_url_are_refused(service: TokenService, app: App) -> None:
    answer = service.client.post(
        "/oauth2/v0/token", params={"client_secret": app.secret}, data={"grant_type": "client_credentials"}
    )
    refused(answer, 135)


def test_two_ways_to_authenticate_at_once_are_refused(service: TokenService, app: App) -> None:
    answer = service.client.post(
        "/oauth2/v0/token",
        data={**app.credentials(), "grant_type": "client_credentials"},
        auth=(app.app_id, app.secret),
    )
    refused(answer, 135)


def test_an_oversized_body_is_refused_in_the_endpoints_form(service: TokenService) -> None:
    # On a connection of its own: the server ends it, as it does not read what it will not take.
    url = f"{service.client.base_url}/oauth2/v0/token"
    answer = plain_http.post(url, content=b"a" * 2_000_000, headers={"Content-Type": FORM})
    assert answer.status_code == 413
    assert answer.json()["error"] == "invalid_request"


def test_a_get_is_refused_in_the_endpoints_form(service: TokenService) -> None:
    answer = service.client.get("/oauth2/v0/token")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["error"] == "invalid_request"


def test_the_correlation_id_of_the_request_comes_back(service: TokenService) -> None:
    answer = service.client.post("/oauth2/v0/token", headers={"concur-correlationid": "2997-x", "Content-Type": FORM})
    assert answer.headers["concur-correlationid"] == "2997-x"
    refused(answer, 62)


def test_a_request_may_narrow_to_an_implied_scope(service: TokenService, app: App) -> None:
    answer = service.token(**app.credentials(), grant_type="client_credentials", scope="receipts.read")
    assert answer.json()["scope"] == "receipts.read"
    assert claims_of(service, answer.json()["access_token"])["scope"] == "receipts.read"


@pytest.mark.parametrize("scope", ["receipts.write user.read", "no.such.scope", "RECEIPTS.READ", 'a"b'])
def test_a_scope_the_application_does_not_hold_is_refused(service: TokenService, app: App, scope: str) -> None:
    answer = service.token(**app.credentials(), grant_type="client_credentials", scope=scope)
    assert refused(answer, 54)["error"] == "invalid_scope"


def test_an_application_without_the_grant_is_refused(
    service: TokenService, registration: Registration, sandbox: SandboxOf
) -> None:
    app = registration.register(sandbox.company_id, allowed_grants=("password",))
    refused(service.token(**app.credentials(), grant_type="client_credentials"), 60)


def test_a_grant_that_does_not_exist_is_refused(service: TokenService, app: App) -> None:
    answer = service.token(**app.credentials(), grant_type="implicit")
    assert refused(answer, 60)["error"] == "unsupported_grant_type"


@pytest.mark.parametrize("change", [{"active": False}, {"suspended": True}])
def test_a_disabled_application_gets_nothing_from_then_on(
    service: TokenService, registration: Registration, app: App, change: dict[str, bool]
) -> None:
    assert service.token(**app.credentials(), grant_type="client_credentials").status_code == 200
    registration.modify(app, **change)
    assert refused(service.token(**app.credentials(), grant_type="client_credentials"), 59, 403)
    refused(service.token(client_id=app.app_id, client_secret="wrong", grant_type="client_credentials"), 64, 401)


def test_tokens_carry_the_newest_version_at_once(service: TokenService, registration: Registration, app: App) -> None:
    for version in (2, 3):
        service.token(**app.credentials(), grant_type="client_credentials")
        registration.modify(app, description=f"version {version}")
        answer = service.token(**app.credentials(), grant_type="client_credentials")
        assert claims_of(service, answer.json()["access_token"])["app_version"] == version


def test_a_row_older_than_the_fence_knows_of_is_not_used(
    service: TokenService, registration: Registration, app: App
) -> None:
    assert service.token(**app.credentials(), grant_type="client_credentials").status_code == 200
    app.version += 1
    registration.tell(app.state(AppModified), fence_only=True)
    answer = service.token(**app.credentials(), grant_type="client_credentials")
    assert refused(answer, 900, 503)["error"] == "temporarily_unavailable"
    assert answer.headers["retry-after"] == "1"
    registration.tell(app.state(AppModified))
    assert service.token(**app.credentials(), grant_type="client_credentials").status_code == 200


def test_an_audience_that_does_not_exist_is_refused(service: TokenService, app: App) -> None:
    answer = service.token(**app.credentials(), grant_type="client_credentials", resource="urn:other")
    assert refused(answer, 901)["error"] == "invalid_target"


def test_the_log_holds_no_secret_and_no_token(service: TokenService, app: App, sandbox: SandboxOf) -> None:
    answer = service.token(**app.credentials(), **sandbox.credentials())
    service.token(client_id=app.app_id, client_secret="a-wrong-secret", grant_type="password")
    log = service.log.read_text()
    told = (app.secret, sandbox.password, answer.json()["access_token"], answer.json()["refresh_token"])
    assert not any(secret in log for secret in (*told, "a-wrong-secret", "PRIVATE KEY"))


def test_the_published_documents_fit_the_service(service: TokenService) -> None:
    for path in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"):
        document = service.client.get(path).json()
        assert document["issuer"] == "http://platform.test"
        assert document["grant_types_supported"] == ["client_credentials", "password", "refresh_token"]
    keys = service.client.get("/oauth2/v0/jwks").json()["keys"]
    assert {key["alg"] for key in keys} == {"ES256", "RS256"}
    assert not any("d" in key for key in keys)
