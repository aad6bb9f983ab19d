"""What a client finds without being told: the discovery document, the keys, and id_tokens that the keys verify."""

from typing import Any

import jwt

from tests.e2e.calls import get
from tests.e2e.stage import App, Stage, User, own_call, password_call


def _verified(stage: Stage, token: str, **demands: Any) -> dict[str, Any]:
    """The claims of a JWT, verified as somebody else's library would do it."""
    keys = jwt.PyJWKSet.from_dict(stage.ask(get("/oauth2/v0/jwks")).expect(200))
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, issuer=stage.description["base"], **demands)
    return claims


def test_the_discovery_document_names_endpoints_that_answer(stage: Stage) -> None:
    base = stage.description["base"]
    told = stage.ask(get("/.well-known/openid-configuration")).expect(200)
    assert told["issuer"] == base
    assert stage.ask(get("/.well-known/oauth-authorization-server")).expect(200) == told
    assert stage.ask(get(told["jwks_uri"].removeprefix(base))).expect(200)["keys"]
    assert told["token_endpoint"] == f"{base}/oauth2/v0/token"
    assert {"client_credentials", "password", "refresh_token"} <= set(told["grant_types_supported"])


def test_the_published_keys_hold_no_private_part(stage: Stage) -> None:
    keys = stage.ask(get("/oauth2/v0/jwks")).expect(200)["keys"]
    assert {"RS256", "ES256"} >= {key["alg"] for key in keys}
    assert not any({"d", "p", "q", "dp", "dq", "qi"} & key.keys() for key in keys)


def test_every_process_publishes_the_same_keys(stage: Stage) -> None:
    processes = stage.processes("token")
    told = [process.ask(get("/oauth2/v0/jwks")).expect(200) for process in processes]
    for process in processes:
        process.connection.close()
    assert all(keys == told[0] for keys in told)


def test_an_id_token_is_verifiable_and_bound_by_its_at_hash(stage: Stage, admin: User, app: App) -> None:
    answer = stage.ask(password_call(app, admin)).expect(200)
    claims = _verified(stage, answer["id_token"], audience=app.app_id, algorithms=["ES256", "RS256"])
    assert claims["sub"] == admin.user_id
    header = jwt.get_unverified_header(answer["id_token"])
    digest = jwt.get_algorithm_by_name(header["alg"]).compute_hash_digest(answer["access_token"].encode())
    assert claims["at_hash"] == jwt.utils.base64url_encode(digest[: len(digest) // 2]).decode()


def test_an_access_token_says_whom_it_stands_for(stage: Stage, admin: User, app: App) -> None:
    token = stage.token(app, admin)
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    claims = _verified(stage, token, audience="urn:grantstream:api", algorithms=["ES256", "RS256"])
    assert (claims["sub"], claims["client_id"], claims["company_id"]) == (admin.user_id, app.app_id, admin.company_id)
    assert (claims["concur.type"], claims["concur.appId"]) == ("user", app.app_id)
    assert claims["exp"] - claims["iat"] == 3600


def test_client_credentials_give_no_id_or_refresh_token(stage: Stage, admin: User, app: App) -> None:
    told = stage.ask(own_call(app)).expect(200)
    assert {"id_token", "refresh_token"} & told.keys() == set()


def test_without_openid_there_is_no_id_token(stage: Stage, admin: User, app: App) -> None:
    assert "id_token" not in stage.ask(password_call(app, admin, "receipts.writeonly")).expect(200)
