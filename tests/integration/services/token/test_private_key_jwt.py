"""System clients, by signed assertions (RFC 7523)."""

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.token.domain.first_clients import KEY_SPACES, scopes_of
from tests.integration.services.token.running import BASE_URL, TokenService, assertion_parameters
from tests.integration.services.token.test_token_requests import refused
from tests.integration.services.token.tokens_read import claims_of

NO_IDS = ("\ud800", "a\x00b", "\u00e9", "a\nb", "x" * 201)


def test_a_service_gets_an_event_token_with_its_key_space(service: TokenService) -> None:
    claims = claims_of(service, service.event_credential("registration").token, audience="urn:grantstream:events")
    assert claims["key_space"] == list(KEY_SPACES["registration"])
    assert set(claims["scope"].split()) == set(scopes_of("registration")) >= {"app.event.writeonly"}


def test_a_service_may_name_the_token_endpoint_as_audience(service: TokenService) -> None:
    parameters = assertion_parameters(service, "receipts", aud=[f"{BASE_URL}/oauth2/v0/token"])
    assert service.prove(parameters).status_code == 200


def test_an_assertion_is_taken_once(service: TokenService) -> None:
    parameters = assertion_parameters(service, "registration")
    assert service.prove(parameters).status_code == 200
    refused(service.prove(parameters), 64, 401)


def test_an_id_is_taken_once_even_in_another_assertion(service: TokenService) -> None:
    now = int(time.time())
    for lifetime, status in ((50, 200), (60, 401)):
        parameters = assertion_parameters(service, "registration", jti=f"same-{now}", exp=now + lifetime)
        assert service.prove(parameters).status_code == status


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "http://platform.test/"},
        {"aud": None},
        {"exp": None},
        {"exp": int(time.time()) - 1},
        {"exp": int(time.time()) + 4000},
        {"exp": True},
        {"nbf": int(time.time()) + 400},
        {"iat": int(time.time()) + 400},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"iss": "somebody-else"},
        *({"jti": jti} for jti in NO_IDS),
        *({"iss": client_id, "sub": client_id} for client_id in NO_IDS),
    ],
)
def test_an_assertion_with_a_wrong_claim_is_refused(service: TokenService, claims: dict[str, Any]) -> None:
    answer = service.prove(assertion_parameters(service, "registration", **claims))
    refused(answer, 64, 401)


def test_an_assertion_of_another_key_is_refused(service: TokenService) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    refused(_signed(service, stranger, "ES256"), 64, 401)


def test_a_services_key_opens_no_other_service(service: TokenService) -> None:
    key = service.generated.key_file("receipts").read_text()
    refused(_signed(service, key, "ES256"), 64, 401)


def test_an_unsigned_assertion_is_refused(service: TokenService) -> None:
    refused(_signed(service, None, "none"), 64, 401)


def test_an_assertion_with_the_wrong_type_is_refused(service: TokenService) -> None:
    key = service.generated.key_file("registration").read_text()
    refused(_signed(service, key, "ES256", typ="at+jwt"), 64, 401)


def test_a_client_with_a_key_gets_in_by_no_secret(service: TokenService) -> None:
    client_id = service.generated.client_ids["registration"]
    answer = service.token(client_id=client_id, client_secret="x", grant_type="client_credentials")
    refused(answer, 64, 401)


def test_an_assertion_beside_a_secret_is_refused(service: TokenService) -> None:
    parameters = assertion_parameters(service, "registration") | {"client_secret": "x"}
    refused(service.prove(parameters), 135)


def test_the_administration_client_gets_no_token_for_itself(service: TokenService) -> None:
    admin = service.generated.admin_client
    answer = service.token(
        client_id=admin.client_id, client_secret=admin.client_secret, grant_type="client_credentials"
    )
    refused(answer, 60)


def _signed(service: TokenService, key: Any, algorithm: str, **header: Any) -> Any:
    client_id = service.generated.client_ids["registration"]
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": BASE_URL, "exp": now + 60, "jti": f"{now}-{algorithm}"}
    parameters = assertion_parameters(service, "registration")
    parameters["client_assertion"] = jwt.encode(claims, key, algorithm=algorithm, headers=header)
    return service.prove(parameters)
