"""Only sound public keys for RS256 and ES256 get in, and a name stands for one key."""

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from grantstream.contracts.events.token import KeyPublished
from grantstream.guard import KeyRefused, KeySet
from grantstream.guard.key_standing import KeyStanding
from grantstream.proof.jws import jwk_thumbprint
from tests.unit.guard.forging import ec_jwk, ec_key, rsa_jwk, rsa_key

MADE, ENDED = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


def ended(jwk: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """How the issuer tells of an ended key."""
    told = {"kid": jwk["kid"], "jwk": jwk, "version": 4, "retired": True, "created_at": MADE, "retired_at": ENDED}
    return KeyPublished.model_validate(told | changes).model_dump(mode="json")


def test_keys_are_found_by_their_name() -> None:
    keys = KeySet.from_jwks({"keys": [rsa_jwk(rsa_key()), ec_jwk(ec_key())]})
    rsa, elliptic = keys.find("rsa-1"), keys.find("ec-1")
    assert rsa is not None
    assert elliptic is not None
    assert (rsa.algorithm, elliptic.algorithm) == ("RS256", "ES256")
    assert keys.find("other") is None


def test_a_key_without_alg_gets_the_algorithm_of_its_type() -> None:
    keys = KeySet()
    keys.add({name: value for name, value in ec_jwk(ec_key(), use="sig").items() if name != "alg"})
    key = keys.find("ec-1")
    assert key is not None
    assert key.algorithm == "ES256"


def test_an_rsa_key_that_is_too_small_is_refused() -> None:
    small = rsa_jwk(rsa_key("small", 1024))
    with pytest.raises(KeyRefused, match="2048"):
        KeySet().add(small)
    with pytest.raises(KeyRefused, match="2048"):
        KeySet.from_jwks({"keys": [small]})


@pytest.mark.parametrize("curve", [ec.SECP384R1, ec.SECP521R1, ec.SECP256K1])
def test_an_elliptic_key_of_another_curve_is_refused(curve: type[ec.EllipticCurve]) -> None:
    with pytest.raises(KeyRefused, match="P-256"):
        KeySet().add(ec_jwk(ec_key("wrong curve", curve)))


def test_a_point_that_is_not_on_the_curve_is_refused() -> None:
    jwk = ec_jwk(ec_key())
    with pytest.raises(KeyRefused):
        KeySet().add(jwk | {"y": jwk["x"]})


def _private(jwk: dict[str, Any]) -> dict[str, Any]:
    return {"kid": "private"} | jwk


@pytest.mark.parametrize(
    "jwk",
    [
        _private(dict(ECAlgorithm.to_jwk(ec_key(), as_dict=True))),
        _private(dict(RSAAlgorithm.to_jwk(rsa_key(), as_dict=True))),
        {"kty": "oct", "kid": "hmac", "k": "AAAA", "alg": "HS256"},
    ],
    ids=["EC", "RSA", "oct"],
)
def test_private_and_symmetric_keys_are_refused_not_quoted(jwk: dict[str, Any]) -> None:
    with pytest.raises(KeyRefused, match="private or symmetric") as refused:
        KeySet().add(jwk)
    assert all(str(jwk[name]) not in str(refused.value) for name in ("d", "k", "n") if name in jwk)


@pytest.mark.parametrize(
    "members",
    [
        {"kid": None},
        {"kid": ""},
        {"kid": 1},
        {"alg": "RS256"},
        {"alg": "none"},
        {"alg": "ES384"},
        {"use": "enc"},
        {"key_ops": ["sign"]},
        {"kty": "RSA"},
        {"kty": "OKP"},
        {"crv": "P-384"},
        {"x": None},
        {"x": 1},
        {"x": "AAAA"},
        {"x": "é"},
    ],
    ids=repr,
)
def test_keys_that_are_not_for_this_are_refused(members: dict[str, Any]) -> None:
    with pytest.raises(KeyRefused):
        KeySet().add(ec_jwk(ec_key()) | members)


def test_a_name_stands_for_one_key_for_ever() -> None:
    keys = KeySet()
    keys.add(ec_jwk(ec_key()))
    keys.add(ec_jwk(ec_key()))
    with pytest.raises(KeyRefused, match="kid"):
        keys.add(ec_jwk(ec_key("other")))
    with pytest.raises(KeyRefused, match="kid"):
        keys.add(rsa_jwk(rsa_key(), kid="ec-1"))
    found = keys.find("ec-1")
    assert found is not None
    assert found.public_key == ec_key().public_key()


def test_a_jwk_set_may_hold_keys_for_others() -> None:
    others: list[object] = [
        {"kty": "OKP", "kid": "ed", "crv": "Ed25519", "x": "AAAA"},
        {"kty": "oct", "kid": "hmac", "k": "AAAA"},
        ec_jwk(ec_key(), use="enc", kid="enc"),
        rsa_jwk(rsa_key(), alg="RS512", kid="rs512"),
        "nonsense",
    ]
    assert len(KeySet.from_jwks({"keys": [*others, ec_jwk(ec_key())]})) == 1


@pytest.mark.parametrize("document", [{}, {"keys": None}, {"keys": {}}])
def test_what_is_no_jwk_set_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(KeyRefused):
        KeySet.from_jwks(document)


def test_removing_a_key_twice_is_the_same_as_once() -> None:
    keys = KeySet.from_jwks({"keys": [ec_jwk(ec_key())]})
    keys.remove("ec-1")
    keys.remove("ec-1")
    assert len(keys) == 0


def test_of_a_pinned_set_only_the_pinned_keys_are_taken() -> None:
    jwks = {"keys": [ec_jwk(ec_key()), rsa_jwk(rsa_key()), ec_jwk(ec_key("other"), kid="ec-2"), {"kty": ["EC"]}]}
    pinned = {jwk_thumbprint(ec_jwk(ec_key("other"))), jwk_thumbprint(rsa_jwk(rsa_key()))}
    keys = KeySet.from_jwks(jwks, trusted=pinned)
    assert [keys.find(kid) is not None for kid in ("ec-1", "ec-2", "rsa-1")] == [False, True, True]
    assert len(KeySet.from_jwks(jwks, trusted={"A" * 43})) == 0


def test_ended_keys_of_the_issuer_are_known_with_standing() -> None:
    withdrawn, retired, current = ec_jwk(ec_key()), rsa_jwk(rsa_key()), ec_jwk(ec_key("other"), kid="ec-2")
    keys = KeySet.from_jwks(
        {"keys": [current, retired], "ended_keys": [ended(retired), ended(withdrawn, withdrawn_at=ENDED)]}
    )
    assert keys.current == {"ec-2"}
    assert keys.standing("rsa-1") == KeyStanding(retired_at=ENDED.timestamp())
    assert keys.standing("ec-1") == KeyStanding(ENDED.timestamp(), ENDED.timestamp())
    assert keys.missing == frozenset()


def test_ended_keys_of_a_pinned_set_are_missing_not_trusted() -> None:
    """Whoever stands between could bring in a key as an ended one, or say that a pinned one has ended."""
    pinned, other, stranger = ec_jwk(ec_key()), rsa_jwk(rsa_key()), ec_jwk(ec_key("other"), kid="ec-2")
    keys = KeySet.from_jwks(
        {"keys": [pinned, other], "ended_keys": [ended(stranger), ended(pinned)]}, trusted={jwk_thumbprint(pinned)}
    )
    assert keys.current == {"ec-1"}
    assert len(keys) == 1
    assert keys.missing == {"rsa-1", "ec-2"}
    keys.add(other)
    assert keys.missing == {"ec-2"}


@pytest.mark.parametrize(
    "told", [{}, [None], [{"kid": "ec-1"}], [ended(ec_jwk(ec_key()), kid="another")], [ended({"kid": "ec-1"})]]
)
def test_a_set_whose_ended_keys_are_unsound_is_refused(told: object) -> None:
    with pytest.raises(KeyRefused):
        KeySet.from_jwks({"keys": [rsa_jwk(rsa_key())], "ended_keys": told})


def test_widening_a_key_keeps_the_issuers_own_standing() -> None:
    keys = KeySet.from_jwks({"keys": [], "ended_keys": [ended(ec_jwk(ec_key()))]})
    assert keys.narrow("ec-1", KeyStanding(withdrawn_at=1.0))
    keys.widen("ec-1")
    assert keys.standing("ec-1") == KeyStanding(retired_at=ENDED.timestamp())
