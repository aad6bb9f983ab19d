"""A key is believed on the word of one that is believed, and current; in whatever order the words are read."""

import itertools
import random
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from grantstream.contracts.events.token import KeyPublished
from grantstream.fence import RawRecord
from grantstream.guard import KeySet
from grantstream.guard.key_standing import KeyStanding
from grantstream.guard.key_trust import KeyTrust
from grantstream.testing import Mint, signed_record
from grantstream.testing.mint import producer_claims

LOG_APPEND_TIME = 1
T0 = float(int(time.time()) - 10_000)


def told(
    key: Mint, *, by: Mint, at: float, issued: float | None = None, kid: str | None = None, **changes: Any
) -> RawRecord:
    """What the topic has if `by` signed the token of who published `key`, `at` seconds after the beginning.

    The token was issued then, unless `issued` tells when it says so.
    """
    times = {name: _time(seconds) for name, seconds in changes.items()}
    event = KeyPublished(
        version=1,
        kid=kid or key.kid,
        jwk=key.jwk,
        retired="retired_at" in changes,
        created_at=_time(0),
        **times,  # type: ignore[arg-type]
    )
    token = by.token(producer_claims(now=T0 + (at if issued is None else issued)))
    record = signed_record(token, event)
    appended_at = int((T0 + at) * 1000)
    return RawRecord(record.topic, 0, appended_at, LOG_APPEND_TIME, record.key, tuple(record.headers), record.value)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(T0 + seconds, UTC)


def read(records: Sequence[RawRecord], roots: Iterable[Mint], *, looks: int = 10) -> KeySet:
    """What a process believes that was given `roots` and reads the records, again while it wants to."""
    keys = KeySet.from_jwks({"keys": [root.jwk for root in roots]})
    trust = KeyTrust(Mint().guard(keys=keys), keys)
    for _ in range(looks):
        for record in records:
            trust.take(record)
        if not trust.needs_reread():
            return keys
    raise AssertionError("it never has enough")


def standings(keys: KeySet, *mints: Mint) -> list[KeyStanding | str | None]:
    return [keys.standing(mint.kid) if keys.find(mint.kid) else "unknown" for mint in mints]


def orders(records: Sequence[RawRecord]) -> list[tuple[RawRecord, ...]]:
    """The records in some orders in which the partitions can be read, the same ones in each run."""
    every = list(itertools.permutations(records))
    return random.Random(len(every)).sample(every, min(len(every), 40))


FIRST, SECOND, THIRD, EVIL = Mint("first"), Mint("second"), Mint("third"), Mint("evil")

# Two rotations, as the token service tells of them: known before it signs; retired once nothing signs with it.
ROTATIONS = (
    told(FIRST, by=FIRST, at=0),
    told(SECOND, by=FIRST, at=1000),
    told(FIRST, by=SECOND, at=1100, retired_at=1100.0),
    told(THIRD, by=SECOND, at=2000),
    told(SECOND, by=THIRD, at=2100, retired_at=2100.0),
    told(FIRST, by=THIRD, at=2100, retired_at=1100.0),
)
AFTER_BOTH = [KeyStanding(retired_at=T0 + 1100), KeyStanding(retired_at=T0 + 2100), None]


@pytest.mark.parametrize("roots", [(FIRST,), (SECOND,), (THIRD,), (SECOND, THIRD), (FIRST, SECOND, THIRD)])
def test_any_first_key_and_reading_order_lead_to_all_keys(roots: tuple[Mint]) -> None:
    for order in orders(ROTATIONS):
        assert standings(read(order, roots), FIRST, SECOND, THIRD) == AFTER_BOTH


def test_compacted_records_suffice_with_the_current_key() -> None:
    for order in orders(ROTATIONS[3:]):
        assert standings(read(order, [THIRD]), FIRST, SECOND, THIRD) == AFTER_BOTH


def test_nothing_is_believed_on_the_word_of_a_stranger() -> None:
    records = [told(EVIL, by=EVIL, at=1), told(FIRST, by=EVIL, at=1, withdrawn_at=0.0)]
    assert standings(read(records, [FIRST]), EVIL, FIRST) == ["unknown", None]


def test_a_stranger_cannot_make_a_process_read_again() -> None:
    keys = KeySet.from_jwks({"keys": [FIRST.jwk]})
    trust = KeyTrust(Mint().guard(keys=keys), keys)
    for _ in range(3):
        trust.take(told(EVIL, by=EVIL, at=1))
        assert not trust.needs_reread()
    trust.take(told(SECOND, by=FIRST, at=2))
    assert trust.needs_reread()
    assert not trust.needs_reread()


def test_a_retired_key_brings_no_other_one() -> None:
    stolen = told(EVIL, by=FIRST, at=3000)
    for order in orders([*ROTATIONS[3:], stolen]):
        assert standings(read(order, [THIRD]), EVIL) == ["unknown"]


@pytest.mark.parametrize("roots", [(FIRST,), (SECOND,), (THIRD,)])
def test_a_backdated_token_of_a_retired_key_brings_no_key(roots: tuple[Mint]) -> None:
    stolen = told(EVIL, by=FIRST, at=1500, issued=1090)
    for order in orders([*ROTATIONS, stolen]):
        assert standings(read(order, roots), EVIL, THIRD) == ["unknown", None]


def test_a_key_is_no_witness_of_its_own_end() -> None:
    assert standings(read([told(FIRST, by=FIRST, at=10, withdrawn_at=5.0)], [FIRST]), FIRST) == [None]


WITHDRAWAL = (
    told(SECOND, by=FIRST, at=1000),
    told(FIRST, by=SECOND, at=1100, retired_at=1100.0),
    told(THIRD, by=SECOND, at=2000),
    told(SECOND, by=THIRD, at=2100, withdrawn_at=2100.0),
    told(FIRST, by=THIRD, at=2100, retired_at=1100.0),
)
STOLEN = told(EVIL, by=SECOND, at=2500)


@pytest.mark.parametrize("roots", [(THIRD,), (SECOND, THIRD), (SECOND,), (FIRST,)])
def test_what_a_withdrawn_key_signed_later_is_not_believed(roots: tuple[Mint]) -> None:
    for order in orders([*WITHDRAWAL, STOLEN]):
        keys = read(order, roots)
        assert standings(keys, EVIL) == ["unknown"]
        assert keys.find(THIRD.kid) is not None


def test_what_a_distrusted_key_vouched_for_falls_with_it() -> None:
    accomplice, victim = Mint("accomplice"), Mint("victim")
    thief = (
        STOLEN,
        told(accomplice, by=EVIL, at=2510),
        told(victim, by=accomplice, at=2520, retired_at=100.0),
    )
    roots = [SECOND, THIRD, victim]
    keys = KeySet.from_jwks({"keys": [root.jwk for root in roots]})
    trust = KeyTrust(Mint().guard(keys=keys), keys)
    for record in thief:
        trust.take(record)
    assert standings(keys, EVIL, accomplice) == [None, None]
    assert standings(keys, victim) == [KeyStanding(retired_at=T0 + 100)]
    trust.take(WITHDRAWAL[3])
    assert standings(keys, EVIL, accomplice, victim, THIRD) == ["unknown", "unknown", None, None]
    assert trust.needs_reread()


def test_a_mismatch_of_key_and_name_is_not_believed() -> None:
    records = [told(SECOND, by=FIRST, at=1, kid="another-name"), told(Mint("third"), by=FIRST, at=1)]
    keys = read(records, [FIRST, THIRD])
    assert standings(keys, SECOND) == ["unknown"]
    assert keys.find("another-name") is None
    found = keys.find("third")
    assert found is not None
    assert found.is_same_as(KeySet.from_jwks({"keys": [THIRD.jwk]}).find("third"))  # type: ignore[arg-type]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_key_ending_its_own_witness_is_dropped_for_good(order: Sequence[int]) -> None:
    """Who stole a retired key brings in one of his own, by which the first had ended before: neither is so for ever."""
    first, second, thief = Mint(), Mint(), Mint()
    records = [
        told(second, by=first, at=10),
        told(thief, by=first, at=500),
        told(first, by=thief, at=501, retired_at=100),
    ]
    keys = read([records[place] for place in order], [first])
    assert keys.find(thief.kid) is None
    assert keys.find(second.kid) is not None
    assert keys.standing(first.kid) is None
