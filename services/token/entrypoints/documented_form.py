"""The token endpoint's form in OpenAPI: the parameters of all grants, and an example of each grant."""

from typing import Any, Final

from grantstream.contracts.claims import API_AUDIENCE, EVENTS_AUDIENCE
from grantstream.contracts.grants import GrantType
from services.token.domain.token_request import ASSERTION_TYPE

_CLIENT: Final = {"client_id": "0b5c8a0e-3a3f-4c0e-9d6e-1f6a4c1f2b7d", "client_secret": "the-secret"}

_FIELDS_OF_GRANTS: Final[dict[GrantType, dict[str, str]]] = {
    GrantType.PASSWORD: {"username": "robin@example.com", "password": "the-password"},
    GrantType.REFRESH_TOKEN: {"refresh_token": "the-refresh-token"},
    GrantType.CLIENT_CREDENTIALS: {},
}

FORM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "enum": [grant.value for grant in _FIELDS_OF_GRANTS]},
        "client_id": {"type": "string", "description": "Optional with HTTP Basic and with an assertion"},
        "client_secret": {"type": "string", "format": "password", "description": "Not with HTTP Basic"},
        "username": {"type": "string", "description": "`password` only: the user's login or id"},
        "password": {"type": "string", "format": "password", "description": "`password` only"},
        "credtype": {
            "type": "string",
            "enum": ["password", "authtoken"],
            "default": "password",
            "description": "`password` only. No `authtoken` is given out yet, so each is refused.",
        },
        "refresh_token": {"type": "string", "description": "`refresh_token` only; its answer brings the next one"},
        "scope": {
            "type": "string",
            "description": "Scopes separated by blanks, out of those that there are; without it, all of them",
        },
        "resource": {
            "type": "string",
            "enum": [API_AUDIENCE, EVENTS_AUDIENCE],
            "description": "What the token is for. Without it: the HTTP APIs, unless only event scopes are in question",
        },
        "client_assertion": {"type": "string", "description": "A JWT that the client signed, instead of a secret"},
        "client_assertion_type": {"type": "string", "enum": [ASSERTION_TYPE], "description": "With an assertion"},
    },
}
"""The form's schema."""

FORM_EXAMPLES: Final[dict[str, Any]] = {
    grant.value: {"value": {"grant_type": grant.value, **_CLIENT, **fields}}
    for grant, fields in _FIELDS_OF_GRANTS.items()
}
"""A whole request by each grant."""
