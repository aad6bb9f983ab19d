"""What the guard's tests need: keys, good tokens, and every way of making a bad one."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from grantstream.contracts.claims import API_AUDIENCE
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.log_position import LogPosition
from grantstream.contracts.void import VoidBelow
from grantstream.fence.rules import RuleBook
from grantstream.guard import Guard, GuardLimits, KeySet, Refusal, RefusalCode

ISSUER = "https://token.example"
NOW = 1_800_000_000
RSA_KID = "rsa-1"
EC_KID = "ec-1"
_RS256 = RSAAlgorithm(RSAAlgorithm.SHA256)
_ES256 = ECAlgorithm(ECAlgorithm.SHA256)


@cache
def rsa_key(name: str = "ours", bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key(name: str = "ours", curve: type[ec.EllipticCurve] = ec.SECP256R1) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve())


def rsa_jwk(key: rsa.RSAPrivateKey, **members: Any) -> dict[str, Any]:
    return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": RSA_KID, "alg": "RS256"} | members


def ec_jwk(key: ec.EllipticCurvePrivateKey, **members: Any) -> dict[str, Any]:
    return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": EC_KID, "alg": "ES256"} | members


def known_keys() -> KeySet:
    return KeySet.from_jwks({"keys": [rsa_jwk(rsa_key()), ec_jwk(ec_key())]})


def segment(content: bytes | dict[str, Any]) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def payload(**changes: Any) -> dict[str, Any]:
    """A user token's claims. A change to None leaves the claim out; write `concur_type` for `concur.type`."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "sub": "user-1",
        "aud": API_AUDIENCE,
        "client_id": "app-1",
        "jti": "token-1",
        "iat": NOW - 60,
        "nbf": NOW - 60,
        "exp": NOW + 600,
        "scope": "receipts.read user.write",
        "grant_type": "password",
        "app_version": 3,
        "enablement_version": 2,
        "user_version": 5,
        "company_id": "company-1",
        "roles": ["developer"],
        "grant_id": "grant-1",
        "secret_id": "secret-1",
        "concur.version": 2,
        "concur.type": "user",
        "concur.appId": "app-1",
    }
    for name, value in changes.items():
        claims[name.replace("concur_", "concur.")] = value
    return {name: value for name, value in claims.items() if value is not None}


def header(**changes: Any) -> dict[str, Any]:
    fields = {"typ": "at+jwt", "alg": "ES256", "kid": EC_KID} | changes
    return {name: value for name, value in fields.items() if value is not None}


def sign_es256(signing_input: bytes) -> bytes:
    return _ES256.sign(signing_input, ec_key())


def sign_rs256(signing_input: bytes) -> bytes:
    return _RS256.sign(signing_input, rsa_key())


def forge(
    claims: bytes | dict[str, Any] | None = None,
    head: bytes | dict[str, Any] | None = None,
    sign: Callable[[bytes], bytes] = sign_es256,
) -> str:
    """A token of any header and any payload, signed by any means; without arguments a good one."""
    signing_input = f"{segment(header() if head is None else head)}.{segment(payload() if claims is None else claims)}"
    return f"{signing_input}.{segment(sign(signing_input.encode()))}"


class FakeFence:
    """The real rule book; freshness, and how far back it reaches, are set by hand."""

    def __init__(self) -> None:
        self.rules = RuleBook()
        self.fresh = True
        self.begins_at: int | None = None

    def is_fresh(self) -> bool:
        return self.fresh

    def vouches_for(self, position: LogPosition | None, *, issued_at: float) -> bool:
        return self.begins_at is None or (position is not None and position.offset >= self.begins_at - 1)

    def tell(self, subject: str, version: int, void_below: VoidBelow) -> None:
        change = PermissionChanged(subject=subject, version=version, void_below=void_below)
        self.rules.apply(change, offset=0, appended_at=NOW)

    def void(self, subject: str, below: int = 1) -> None:
        self.tell(subject, below, VoidBelow(version=below))


class Bench:
    """A guard with everything that it needs, and a clock that is set by hand."""

    def __init__(self, limits: GuardLimits | None = None, audience: str = API_AUDIENCE) -> None:
        self.keys = known_keys()
        self.fence = FakeFence()
        self.now = float(NOW)
        self.counted: list[RefusalCode] = []
        self.guard = Guard(
            issuer=ISSUER,
            audience=audience,
            keys=self.keys,
            fence=self.fence,
            now=lambda: self.now,
            limits=limits or GuardLimits(),
            count_refusal=self.counted.append,
        )

    def code_of(self, token: str) -> RefusalCode | None:
        """The code by which a token is refused; None if it is taken."""
        try:
            self.guard.authenticate(token)
        except Refusal as refusal:
            return refusal.code
        return None
