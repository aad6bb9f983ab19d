"""The thumbprint of a public key: the SHA-256 of its required members in canonical JSON (RFC 7638, section 3)."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from grantstream.proof import base64url

_REQUIRED: Final = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}


def jwk_thumbprint(jwk: Mapping[str, Any]) -> str:
    """The thumbprint of an EC or RSA key, base64url. Raises KeyError for another kind, or if a member is missing."""
    required = {member: jwk[member] for member in _REQUIRED[jwk["kty"]]}
    canonical = json.dumps(required, separators=(",", ":"), sort_keys=True).encode()
    return base64url.encode(hashlib.sha256(canonical).digest()).decode()
