"""The proof that the token endpoint requires before it binds a token to a key (RFC 9449, section 4.2)."""

import uuid
from typing import Final

import orjson

from grantstream.proof import base64url
from grantstream.proof.proof_key import ProofKey

TYPE: Final = "dpop+jwt"


def dpop_proof(key: ProofKey, method: str, url: str, now: float) -> str:
    """A proof for one request, with a new id.

    `url`: the endpoint without query and fragment. `now`: epoch seconds by the clock of the sender.
    """
    header = {"typ": TYPE, "alg": "ES256", "jwk": key.public_jwk}
    payload = {"jti": str(uuid.uuid4()), "htm": method, "htu": url, "iat": int(now)}
    signing_input = base64url.encode(orjson.dumps(header)) + b"." + base64url.encode(orjson.dumps(payload))
    return (signing_input + b"." + base64url.encode(key.sign(signing_input))).decode()
