"""Additions to the OpenAPI document, for the plain ASGI endpoints: tokens, keys and discovery."""

from typing import Any, Final

from fastapi import FastAPI

from grantstream.guard.key_set import ENDED_KEYS
from services.token.domain.token_answer import TokenType
from services.token.entrypoints.documented_form import FORM, FORM_EXAMPLES
from services.token.entrypoints.documented_refusals import REFUSALS

TOKEN_PATH: Final = "/oauth2/v0/token"  # noqa: S105 - a path
KEYS_PATH: Final = "/oauth2/v0/jwks"
DISCOVERY_PATHS: Final = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")

_BASIC: Final = "ClientSecretBasic"
_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}

_ISSUED: Final = {
    "type": "object",
    "required": ["expires_in", "scope", "token_type", "access_token", "geolocation"],
    "properties": {
        "expires_in": {"type": "integer", "description": "Seconds for which the access token is good"},
        "scope": {"type": "string", "description": "What was given, separated by blanks"},
        "token_type": {"type": "string", "enum": sorted(TokenType)},
        "access_token": {"type": "string", "description": "A signed JWT"},
        "refresh_token": {
            "type": "string",
            "description": "For a user, if the client may use the grant `refresh_token`. It replaces the one before.",
        },
        "refresh_expires_in": {
            "type": "integer",
            "description": "The moment at which the refresh token expires, in seconds since 1970: no duration",
        },
        "geolocation": {"type": "string", "format": "uri", "description": "Where all further calls go"},
        "id_token": {"type": "string", "description": "For a user, if `openid` is among the scopes"},
    },
}

_TOKEN: Final[dict[str, Any]] = {
    "tags": ["tokens"],
    "summary": "Get a token",
    "description": "The token endpoint of OAuth 2.0. The client authenticates in one way: by `client_id` and "
    "`client_secret` in the form, by HTTP Basic, or by a signed assertion. No credential may be in the URL.",
    "operationId": "issue_token",
    "security": [{}, {_BASIC: []}],
    "parameters": [
        {
            "name": "DPoP",
            "in": "header",
            "description": "A proof that the client holds a P-256 key (RFC 9449, section 4.2), for a token to write "
            "events with (`resource=urn:grantstream:events`), which is bound to that key; not looked at for others",
            "schema": _TEXT,
        }
    ],
    "requestBody": {
        "required": True,
        "content": {"application/x-www-form-urlencoded": {"schema": FORM, "examples": FORM_EXAMPLES}},
    },
    "responses": {
        "200": {"description": "Issued", "content": {"application/json": {"schema": _ISSUED}}},
        **REFUSALS,
    },
}

_KEYS: Final[dict[str, Any]] = {
    "tags": ["published"],
    "summary": "Read the public keys",
    "description": "The JWK set that tokens and events are verified with. `ended_keys` is for processes of the "
    "platform: which keys were retired or withdrawn lately. A key that is only there verifies no token.",
    "operationId": "read_keys",
    "responses": {
        "200": {
            "description": "The keys",
            "content": {
                "application/jwk-set+json": {
                    "schema": {
                        "type": "object",
                        "required": ["keys"],
                        "properties": {
                            name: {"type": "array", "items": {"type": "object"}} for name in ("keys", ENDED_KEYS)
                        },
                    }
                }
            },
        }
    },
}

_METADATA: Final = {
    "type": "object",
    "properties": {
        **{key: {"type": "string", "format": "uri"} for key in ("issuer", "token_endpoint", "jwks_uri")},
        **dict.fromkeys(
            (
                "scopes_supported",
                "response_types_supported",
                "grant_types_supported",
                "subject_types_supported",
                "id_token_signing_alg_values_supported",
                "token_endpoint_auth_methods_supported",
                "token_endpoint_auth_signing_alg_values_supported",
                "dpop_signing_alg_values_supported",
                "claims_supported",
            ),
            _TEXTS,
        ),
    },
}


def document_plain_endpoints(fastapi: FastAPI) -> None:
    """Adds the endpoints that are plain ASGI to the application's OpenAPI document."""
    generate = fastapi.openapi

    def with_plain_endpoints() -> dict[str, Any]:
        document = generate()
        paths = document["paths"]
        paths[TOKEN_PATH] = {"post": _TOKEN}
        paths[KEYS_PATH] = {"get": _KEYS}
        paths.update({path: {"get": _discovery(path)} for path in DISCOVERY_PATHS})
        schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
        schemes[_BASIC] = {
            "type": "http",
            "scheme": "basic",
            "description": "The client's id and secret, each escaped like a form's value (RFC 6749, section 2.3.1)",
        }
        return document

    fastapi.openapi = with_plain_endpoints  # type: ignore[method-assign]  # as in the framework's manual


def _discovery(path: str) -> dict[str, Any]:
    name = path.rpartition("/")[2]
    return {
        "tags": ["published"],
        "summary": f"Discover the server ({name})",
        "description": "What this authorization server can do, and where. Both discovery documents are the same.",
        "operationId": f"discover_{name.replace('-', '_')}",
        "responses": {
            "200": {"description": "The metadata", "content": {"application/json": {"schema": _METADATA}}},
        },
    }
