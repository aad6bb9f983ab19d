"""The proof for the token endpoint is one of RFC 9449."""

from typing import Any

import jwt
from jwt.algorithms import ECAlgorithm

from grantstream.proof import ProofKey, dpop_proof

KEY = ProofKey.generate()
URL = "https://token.test/oauth2/v0/token"


def _claims(proof: str) -> dict[str, Any]:
    key: Any = ECAlgorithm.from_jwk(jwt.get_unverified_header(proof)["jwk"])
    return jwt.decode(proof, key, algorithms=["ES256"], options={"verify_iat": False})  # type: ignore[no-any-return]


def test_a_proof_names_request_time_and_public_key() -> None:
    proof = dpop_proof(KEY, "POST", URL, 1700000000.9)
    assert jwt.get_unverified_header(proof) == {"typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.public_jwk}
    assert {**_claims(proof), "jti": ""} == {"jti": "", "htm": "POST", "htu": URL, "iat": 1700000000}


def test_every_proof_has_an_id_of_its_own() -> None:
    assert len({_claims(dpop_proof(KEY, "POST", URL, 1.0))["jti"] for _ in range(10)}) == 10
