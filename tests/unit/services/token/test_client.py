"""Who a client is, and which secret counts."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from grantstream.contracts.events.registration import AppRegistered, SecretState, SecretStatus, Visibility
from services.token.domain.client import Client
from services.token.domain.client_authentication import AuthenticationMethod, PresentedSecret
from services.token.domain.system_clients import SystemClients

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def secret(value: str, **changes: Any) -> SecretState:
    digest = "sha256:" + hashlib.sha256(value.encode()).hexdigest()
    fields = {"secret_id": f"id of {value}", "digest": digest, "status": SecretStatus.ACTIVE, "created_at": NOW}
    return SecretState(**(fields | changes))


def client(**changes: Any) -> Client:
    fields: dict[str, Any] = {
        "version": 1,
        "app_id": "a",
        "company_id": "c",
        "company_domain": "d",
        "name": "n",
        "description": "",
        "active": True,
        "visibility": Visibility.PRIVATE,
        "apis": (),
        "sensitive_data_groups": (),
        "scopes": (),
        "allowed_grants": (),
        "redirect_uris": (),
        "environment": "production",
        "secrets": (),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Client.from_app(AppRegistered(**(fields | changes)))


@pytest.mark.parametrize("change", [{"active": False}, {"suspended": True}, {"deleted": True}])
def test_an_application_that_may_not_act_is_disabled(change: dict[str, bool]) -> None:
    assert not client().disabled
    assert client(**change).disabled


def test_each_secret_that_counts_is_taken_and_named() -> None:
    ends = NOW + timedelta(hours=1)
    app = client(secrets=(secret("old", expires_at=ends), secret("new"), secret("off", status=SecretStatus.INACTIVE)))
    now = NOW.timestamp()
    found = [app.secret_matching(value, now) for value in ("old", "new", "off", "none")]
    assert [match and match.secret_id for match in found] == ["id of old", "id of new", None, None]
    assert app.secret_matching("old", ends.timestamp()) is None


def test_a_client_may_use_the_method_it_registered() -> None:
    both = {AuthenticationMethod.CLIENT_SECRET_POST, AuthenticationMethod.CLIENT_SECRET_BASIC}
    assert client().methods == both
    assert client(token_endpoint_auth_method="private_key_jwt").methods == {AuthenticationMethod.PRIVATE_KEY_JWT}
    assert client(token_endpoint_auth_method="none").methods == frozenset()


def test_a_secret_is_not_part_of_what_is_printed() -> None:
    assert "hush" not in repr(PresentedSecret("a", AuthenticationMethod.CLIENT_SECRET_POST, "hush"))


def test_system_clients_have_what_their_file_says() -> None:
    entry = {
        "client_id": "id",
        "name": "receipts",
        "scopes": ["receipt.event.writeonly"],
        "key_space": ["receipt/*"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [{"kty": "EC"}]},
        "grants": ["client_credentials"],
    }
    clients = SystemClients.from_json(json.dumps({"clients": [entry]}).encode())
    found = clients.named("receipts")
    assert (found.is_system, found.version, found.key_space) == (True, 0, ("receipt/*",))
    assert clients.by_id() == {"id": found}
    with pytest.raises(ValueError, match="no client"):
        clients.named("somebody")


@pytest.mark.parametrize(
    "change", [{"jwks": None}, {"token_endpoint_auth_method": "none"}, {"grants": ["refresh_token"]}, {"colour": 1}]
)
def test_a_file_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    entry = {
        "client_id": "id",
        "name": "n",
        "scopes": [],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": []},
        "grants": ["client_credentials"],
    }
    with pytest.raises(ValueError, match=r"(?i)client"):
        SystemClients.from_json(json.dumps({"clients": [entry | change]}).encode()).by_id()


def test_no_application_may_publish_signing_keys() -> None:
    found = client(
        scopes=("receipts.read", "key.event.writeonly", "key.event.write"), key_space=("app/a", "key/*", "key/a", "*")
    )
    assert (found.scopes, found.key_space) == (("receipts.read",), ("app/a",))


@pytest.mark.parametrize("digest", ["md5:zz", "sha256:", "sha256:" + "0" * 63, "sha256:" + "0" * 65, "0" * 64])
def test_a_secret_without_a_digest_is_none(digest: str) -> None:
    with pytest.raises(ValidationError):
        secret("s", digest=digest)


def test_a_secret_with_an_unrepresentable_expiry_is_invalid() -> None:
    with pytest.raises(ValidationError):
        SecretState.model_validate_json(secret("s").model_dump_json().replace("null", '"0001-01-01T00:00:00"'))
