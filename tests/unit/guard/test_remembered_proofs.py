"""A proof that was found good is remembered, so that a window of records costs one check of a signature."""

import pytest

from grantstream.guard import GuardLimits, RefusalCode
from grantstream.proof.window_proof import WindowProof
from tests.unit.guard.shown_records import MINT, TOKEN, a_token, alone, window, with_signature


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The proofs whose signature was checked, in order."""
    found: list[bytes] = []
    is_signed = WindowProof.is_signed

    def noted(proof: WindowProof) -> bool:
        found.append(proof.head)
        return is_signed(proof)

    monkeypatch.setattr(WindowProof, "is_signed", noted)
    return found


def test_a_window_costs_one_check_of_a_signature(checked: list[bytes]) -> None:
    guard = MINT.guard()
    for shown in window(100):
        assert shown.code(guard) is None
    assert len(checked) == 1


def test_a_refused_proof_is_not_remembered(checked: list[bytes]) -> None:
    guard = MINT.guard()
    shown = alone()
    bad = shown.with_shown(event_proof=with_signature(shown.shown["event-proof"], bytes(64)))
    assert [bad.code(guard) for _ in range(2)] == [RefusalCode.EVENT_PROOF_SIGNATURE_INVALID] * 2
    assert len(checked) == 2


def test_the_least_recently_used_proof_is_forgotten_first(checked: list[bytes]) -> None:
    guard = MINT.guard(limits=GuardLimits(remembered_proofs=2))
    first, second, third = (alone(first=number) for number in range(3))
    for shown in (first, second, first, third, first):
        assert shown.code(guard) is None
    assert len(checked) == 3
    assert second.code(guard) is None
    assert len(checked) == 4
    assert len(guard._proofs._remembered) == 2


def test_a_proof_is_forgotten_with_its_token(checked: list[bytes]) -> None:
    guard = MINT.guard()
    shown = alone()
    assert shown.code(guard) is None
    guard._remembered.forget(TOKEN)
    assert shown.code(guard) is None
    assert len(checked) == 2


def test_a_remembered_proof_is_refused_with_another_token(checked: list[bytes]) -> None:
    """The other token is bound to the same key."""
    guard = MINT.guard()
    shown = alone()
    assert shown.code(guard) is None
    other = shown.with_shown(authorization=b"Bearer " + a_token().encode())
    assert other.code(guard) is RefusalCode.EVENT_PROOF_OTHER_TOKEN
    assert shown.code(guard) is None
