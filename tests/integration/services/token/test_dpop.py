"""Event tokens are bound to a key that the client shows by DPoP (RFC 9449)."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.dpop import DpopKey
from tests.integration.services.token.conftest import SandboxOf
from tests.integration.services.token.registration import App, Registration
from tests.integration.services.token.running import BASE_URL, TokenService, assertion_parameters
from tests.integration.services.token.test_token_requests import refused
from tests.integration.services.token.tokens_read import claims_of

EVENTS = "urn:grantstream:events"
ENDPOINT = f"{BASE_URL}/oauth2/v0/token"


@pytest.fixture
def portal(registration: Registration, sandbox: SandboxOf) -> App:
    """An application that staff gave an event scope."""
    return registration.register(
        sandbox.company_id,
        scopes=("openid", "receipts.write", "app.event.writeonly"),
        key_space=("app/portal-*",),
    )


def ask(service: TokenService, app: App, *proofs: str, **parameters: str) -> httpx.Response:
    form = {**app.credentials(), "grant_type": "client_credentials", "resource": EVENTS} | parameters
    return service.client.post("/oauth2/v0/token", data=form, headers=[("DPoP", proof) for proof in proofs])


def test_an_event_token_is_bound_to_the_key_that_was_shown(service: TokenService, portal: App) -> None:
    key = DpopKey()
    answer = ask(service, portal, key.proof(ENDPOINT))
    assert (answer.status_code, answer.json()["token_type"]) == (200, "DPoP")
    claims = claims_of(service, answer.json()["access_token"], audience=EVENTS)
    assert claims["cnf"] == {"jkt": key.thumbprint}
    assert (claims["key_space"], claims["scope"]) == (["app/portal-*"], "app.event.writeonly")


def test_a_proof_may_name_the_direct_url_of_the_endpoint(service: TokenService) -> None:
    key = DpopKey()
    url = f"{str(service.client.base_url).rstrip('/')}/oauth2/v0/token"
    answer = service.client.post(
        "/oauth2/v0/token",
        data=assertion_parameters(service, "registration") | {"grant_type": "client_credentials"},
        headers={"DPoP": key.proof(url)},
    )
    assert answer.json()["token_type"] == "DPoP"


def test_a_proof_is_accepted_once_in_concurrent_requests(service: TokenService, portal: App) -> None:
    proof = DpopKey().proof(ENDPOINT)
    with ThreadPoolExecutor(8) as pool:
        statuses = [answer.status_code for answer in pool.map(lambda _: ask(service, portal, proof), range(8))]
    assert sorted(statuses) == [200] + [400] * 7


def test_the_id_of_one_key_is_free_for_another(service: TokenService, portal: App) -> None:
    for key in (DpopKey(), DpopKey()):
        assert ask(service, portal, key.proof(ENDPOINT, claims={"jti": "one"})).status_code == 200


def test_no_event_token_without_exactly_one_valid_proof(service: TokenService, portal: App) -> None:
    key = DpopKey()
    for proofs in (
        [],
        [key.proof(ENDPOINT), key.proof(ENDPOINT)],
        [key.proof("http://evil.test/oauth2/v0/token")],
        ["x"],
    ):
        assert refused(ask(service, portal, *proofs), 903)["error"] == "invalid_dpop_proof"


def test_a_refused_client_spends_no_proof(service: TokenService, portal: App) -> None:
    proof = DpopKey().proof(ENDPOINT)
    refused(ask(service, portal, proof, client_secret="wrong"), 64, 401)
    assert ask(service, portal, proof).status_code == 200


def test_an_api_token_stays_a_bearer_token_with_any_proof(service: TokenService, portal: App) -> None:
    for proof in (DpopKey().proof(ENDPOINT), "x"):
        answer = ask(service, portal, proof, resource="urn:grantstream:api")
        assert answer.json()["token_type"] == "Bearer"
        assert "cnf" not in claims_of(service, answer.json()["access_token"])


def test_discovery_names_the_algorithm(service: TokenService) -> None:
    metadata = service.client.get("/.well-known/oauth-authorization-server").json()
    assert metadata["dpop_signing_alg_values_supported"] == ["ES256"]
