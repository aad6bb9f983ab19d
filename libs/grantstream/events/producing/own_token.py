"""Reads the process's own access token without verifying it."""

import base64
import binascii
from typing import Any

import orjson


def own_claims(token: str) -> dict[str, Any]:
    """The claims of a token that was issued to this process. Raises ValueError if it is no JWT."""
    try:
        payload = token.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, binascii.Error, orjson.JSONDecodeError) as error:
        raise ValueError("the producer's token is not a JWT") from error
    if not isinstance(claims, dict):
        raise ValueError("the producer's token is not a JWT")
    return claims
