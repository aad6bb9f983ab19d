"""Reading what the service issued, with its own published keys."""

from typing import Any

import jwt

from tests.integration.services.token.running import BASE_URL, TokenService


def claims_of(service: TokenService, token: str, *, audience: str = "urn:grantstream:api") -> dict[str, Any]:
    """The claims of a token, its signature checked with the published key set."""
    header = jwt.get_unverified_header(token)
    keys = {key["kid"]: key for key in service.client.get("/oauth2/v0/jwks").json()["keys"]}
    key = jwt.PyJWK(keys[header["kid"]])
    claims: dict[str, Any] = jwt.decode(token, key.key, algorithms=[header["alg"]], audience=audience, issuer=BASE_URL)
    return claims


def header_of(token: str) -> dict[str, Any]:
    """Its header."""
    return jwt.get_unverified_header(token)
