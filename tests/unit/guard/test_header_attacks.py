"""A header may say what it likes; only the key known by `kid` decides."""

import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm

from grantstream.guard import RefusalCode
from tests.unit.guard.forging import (
    EC_KID,
    RSA_KID,
    Bench,
    ec_jwk,
    ec_key,
    forge,
    header,
    payload,
    rsa_jwk,
    rsa_key,
    segment,
    sign_es256,
    sign_rs256,
)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "none ", ""])
def test_alg_none_is_refused_in_any_spelling(alg: str) -> None:
    for signature in (b"", b"x"):
        token = f"{segment(header(alg=alg))}.{segment(payload())}.{segment(signature)}"
        expected = RefusalCode.ALG_NOT_ALLOWED if signature else RefusalCode.SIGNATURE_MISSING
        assert Bench().code_of(token) is expected


@pytest.mark.parametrize(
    "alg", ["HS256", "HS512", "RS384", "RS512", "PS256", "ES384", "ES256K", "EdDSA", "rs256", "es256", "RS256 "]
)
def test_algorithms_off_the_list_are_refused(alg: str) -> None:
    assert Bench().code_of(forge(head=header(alg=alg))) is RefusalCode.ALG_NOT_ALLOWED


@pytest.mark.parametrize("alg", [None, 256, True, ["ES256"], {"alg": "ES256"}])
def test_an_alg_that_is_no_text_is_refused(alg: object) -> None:
    raw = json.dumps({"typ": "at+jwt", "kid": EC_KID} | ({} if alg is None else {"alg": alg})).encode()
    assert Bench().code_of(forge(head=raw)) is RefusalCode.ALG_NOT_ALLOWED


def _as_hmac_secrets() -> list[bytes]:
    public = rsa_key().public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    jwk = rsa_jwk(rsa_key())
    return [
        pem,
        pem.strip(),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        json.dumps(jwk).encode(),
        json.dumps(jwk, separators=(",", ":")).encode(),
        jwk["n"].encode(),
        b"",
    ]


@pytest.mark.parametrize("secret", _as_hmac_secrets(), ids=lambda secret: f"{len(secret)} bytes")
def test_the_public_key_is_no_hmac_secret(secret: bytes) -> None:
    def sign(signing_input: bytes) -> bytes:
        return hmac.new(secret, signing_input, hashlib.sha256).digest()

    confused = forge(head=header(alg="HS256", kid=RSA_KID), sign=sign)
    assert Bench().code_of(confused) is RefusalCode.ALG_NOT_ALLOWED
    claimed = forge(head=header(alg="RS256", kid=RSA_KID), sign=sign)
    assert Bench().code_of(claimed) is RefusalCode.SIGNATURE_INVALID


def test_the_key_decides_the_algorithm() -> None:
    assert Bench().code_of(forge(head=header(alg="RS256", kid=EC_KID))) is RefusalCode.ALG_NOT_OF_KEY
    swapped = forge(head=header(alg="ES256", kid=RSA_KID), sign=sign_rs256)
    assert Bench().code_of(swapped) is RefusalCode.ALG_NOT_OF_KEY


@pytest.mark.parametrize(
    "typ",
    [None, "JWT", "jwt", "AT+JWT", "at+JWT", "application/at+jwt", "at+jwt ", "id+jwt", "dpop+jwt", "", 1, ["at+jwt"]],
)
def test_only_access_tokens_are_taken(typ: object) -> None:
    assert Bench().code_of(forge(head=header(typ=typ))) is RefusalCode.TYP_WRONG


@pytest.mark.parametrize("crit", [[], ["exp"], ["b64"], "exp", None])
def test_critical_extensions_are_refused_whatever_they_are(crit: object) -> None:
    raw = json.dumps(header() | {"crit": crit, "exp": 1}).encode()
    assert Bench().code_of(forge(head=raw)) is RefusalCode.CRIT_PRESENT


@pytest.mark.parametrize("b64", [True, False, None])
def test_unencoded_payloads_are_refused(b64: object) -> None:
    raw = json.dumps(header() | {"b64": b64}).encode()
    assert Bench().code_of(forge(head=raw)) is RefusalCode.B64_PRESENT


@pytest.mark.parametrize("kid", [None, "", 1, ["ec-1"], {"kid": "ec-1"}])
def test_a_token_must_name_its_key(kid: object) -> None:
    assert Bench().code_of(forge(head=header(kid=kid))) is RefusalCode.KID_MISSING


@pytest.mark.parametrize("kid", ["ec-2", "EC-1", "ec-1 ", "../ec-1", "ec-1' OR '1'='1", "/dev/null"])
def test_a_key_that_is_not_known_is_not_looked_for(kid: str) -> None:
    assert Bench().code_of(forge(head=header(kid=kid))) is RefusalCode.KID_UNKNOWN


def _attackers_signature(signing_input: bytes) -> bytes:
    return ECAlgorithm(ECAlgorithm.SHA256).sign(signing_input, ec_key("attacker"))


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_in_the_token_header_vouches_for_nothing(member: str) -> None:
    brought = {
        "jwk": ec_jwk(ec_key("attacker")),
        "jku": "https://attacker.example/jwks",
        "x5u": "https://attacker.example/x5u",
        "x5c": ["MIIB"],
    }
    head = header(**{member: brought[member]})
    assert Bench().code_of(forge(head=head, sign=_attackers_signature)) is RefusalCode.SIGNATURE_INVALID
    renamed = head | {"kid": "attacker"}
    assert Bench().code_of(forge(head=renamed, sign=_attackers_signature)) is RefusalCode.KID_UNKNOWN


def test_a_key_that_comes_with_a_good_token_does_not_matter() -> None:
    assert Bench().code_of(forge(head=header(jwk=ec_jwk(ec_key("attacker"))), sign=sign_es256)) is None
