"""Remembering saves the cryptography, and nothing else."""

import time
import tracemalloc

import pytest

from grantstream.guard import GuardLimits, RefusalCode
from grantstream.guard.key_set import VerificationKey
from tests.unit.guard.forging import Bench, ec_jwk, ec_key, forge, header, payload, segment


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was handed to the cryptography, in order."""
    handed: list[bytes] = []
    verifies = VerificationKey.verifies

    def noted(key: VerificationKey, signing_input: bytes, signature: bytes) -> bool:
        handed.append(signing_input)
        return verifies(key, signing_input, signature)

    monkeypatch.setattr(VerificationKey, "verifies", noted)
    return handed


def test_a_token_is_verified_once(verified: list[bytes]) -> None:
    bench = Bench()
    token = forge()
    assert [bench.code_of(token) for _ in range(5)] == [None] * 5
    assert len(verified) == 1


def test_a_refused_token_is_not_remembered(verified: list[bytes]) -> None:
    bench = Bench()
    token = forge(payload(sub=None))
    assert [bench.code_of(token) for _ in range(2)] == [RefusalCode.CLAIM_MISSING] * 2
    assert len(verified) == 2


def test_the_least_recently_used_token_is_forgotten_first(verified: list[bytes]) -> None:
    bench = Bench(GuardLimits(remembered_tokens=2))
    first, second, third = (forge(payload(jti=f"token-{n}")) for n in range(3))
    for token in (first, second, first, third, first):
        bench.guard.authenticate(token)
    assert len(verified) == 3
    bench.guard.authenticate(second)
    assert len(verified) == 4


def test_a_withdrawn_key_takes_its_remembered_tokens_along() -> None:
    bench = Bench()
    token = forge()
    assert bench.code_of(token) is None
    bench.keys.remove("ec-1")
    assert bench.code_of(token) is RefusalCode.KID_UNKNOWN
    bench.keys.add(ec_jwk(ec_key("other")))
    assert bench.code_of(token) is RefusalCode.SIGNATURE_INVALID


def test_a_replaced_key_vouches_for_no_remembered_token() -> None:
    bench = Bench()
    token = forge()
    assert bench.code_of(token) is None
    bench.keys.remove("ec-1")
    bench.keys.add(ec_jwk(ec_key("other")))
    assert bench.code_of(token) is RefusalCode.SIGNATURE_INVALID


def test_publishing_a_key_again_forgets_nothing(verified: list[bytes]) -> None:
    bench = Bench()
    token = forge()
    bench.guard.authenticate(token)
    bench.keys.add(ec_jwk(ec_key()))
    bench.guard.authenticate(token)
    assert len(verified) == 1


def test_unknown_keys_cost_no_cryptography_and_no_memory(verified: list[bytes]) -> None:
    bench = Bench()
    bench.counted = []
    body = segment(payload())
    flood = [f"{segment(header(kid=f'made-up-{n}'))}.{body}.AAAA" for n in range(5_000)]
    bench.guard.count_refusal = lambda code: None
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    began = time.process_time()
    codes = {bench_code for token in flood if (bench_code := bench.code_of(token))}
    spent = time.process_time() - began
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert codes == {RefusalCode.KID_UNKNOWN}
    assert verified == []
    assert len(bench.keys) == 2
    assert grown < 200_000
    assert spent < 10  # about 0.3 s, with the memory traced; only a growth with the number of tokens would reach this


def test_a_flood_of_bad_signatures_leaves_nothing_behind() -> None:
    bench = Bench(GuardLimits(remembered_tokens=10))
    good = forge()
    assert bench.code_of(good) is None
    for n in range(200):
        assert bench.code_of(forge(payload(jti=f"t{n}"), sign=lambda _: b"\1" * 64)) is RefusalCode.SIGNATURE_INVALID
    assert len(bench.guard._remembered) == 1
