"""The packed rules say what plain ones would, whatever comes, in whatever order, and whatever is forgotten."""

import math
from dataclasses import dataclass, field

from hypothesis import example, given
from hypothesis import strategies as st

from grantstream.contracts.claims import RULE_LIFETIME
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.void import VoidBelow
from grantstream.fence.rule_table import NOWHERE, RuleTable
from grantstream.fence.rules import RuleBook
from grantstream.testing.mint import producer_claims

LIFE = RULE_LIFETIME.total_seconds()
SUBJECTS = ["app/producer", "token/jti", "key/kid", "app/other"]


@dataclass
class PlainRules:
    """Every change, as it came."""

    told: list[tuple[float, int, PermissionChanged]] = field(default_factory=list)

    def about(self, subject: str, now: float) -> list[tuple[float, int, PermissionChanged]]:
        """All of a subject, if any of it is young enough by the second: a rule is forgotten whole, or not at all."""
        found = [each for each in self.told if each[2].subject == subject]
        return found if any(at >= math.floor(now - LIFE) for at, _, _ in found) else []

    def void_subject(self, at: float | None, version: int, now: float) -> str | None:
        for subject in ("app/producer", "token/jti", "key/kid"):
            bounds = [each.void_below for told, _, each in self.about(subject, now) if at is None or told <= at]
            outright = subject != "app/producer" and any(not each.is_empty for each in bounds)
            if outright or any(each.voids(version, {"a"}, "g") for each in bounds if subject == "app/producer"):
                return subject
        return None


bounds = st.builds(
    VoidBelow,
    version=st.integers(0, 6),
    scopes=st.dictionaries(st.sampled_from(["a", "b"]), st.integers(1, 6), max_size=1),
    grants=st.dictionaries(st.sampled_from(["g", "h"]), st.integers(1, 6), max_size=1),
)
changes = st.builds(PermissionChanged, subject=st.sampled_from(SUBJECTS), version=st.integers(1, 8), void_below=bounds)


def _told(subject: str, version: int = 1, void_below: int = 0) -> PermissionChanged:
    return PermissionChanged(subject=subject, version=version, void_below=VoidBelow(version=void_below))


@given(st.lists(st.tuples(changes, st.floats(0, LIFE)), max_size=30))
@example([(_told("app/producer", void_below=1), 1.5), (_told("app/producer"), LIFE), (_told("token/jti"), 0.5)] * 2)
@example([(_told("app/producer"), 0.9), (_told("app/producer"), LIFE), (_told("app/other"), 0.0)] * 2)
def test_the_packed_rules_say_what_plain_ones_would(steps: list[tuple[PermissionChanged, float]]) -> None:
    book, plain, now = RuleBook(), PlainRules(), 1_000_000.0
    for offset, (change, pause) in enumerate(steps):
        # A rule that is gone is gone: what comes later about its subject begins anew.
        book.expire(now)
        plain.told = [each for each in plain.told if plain.about(each[2].subject, now)]
        book.apply(change, offset=offset, appended_at=now)
        plain.told.append((now, offset, change))
        _agree(book, plain, now)
        now += pause


def _agree(book: RuleBook, plain: PlainRules, now: float) -> None:
    for subject in SUBJECTS:
        known = plain.about(subject, now)
        assert book.floor(subject) == max((each.version for _, _, each in known), default=0)
        newest = [offset for _, offset, each in known if each.version == book.floor(subject)]
        assert book.offset_of(subject, max(1, book.floor(subject))) == (newest[-1] if newest else None)
    for version in range(8):
        for at in (None, now - LIFE / 2, now):
            claims = producer_claims(
                now=now, app_version=version, token_id="jti", key_id="kid", scopes=frozenset("a"), grant_type="g"
            )
            assert book.void_subject(claims, at) == plain.void_subject(at, version, now)


class Namesake(str):
    """A subject whose hash is that of all others of this kind."""

    __slots__ = ()

    def __hash__(self) -> int:
        return 7


def test_subjects_with_one_hash_are_told_apart() -> None:
    table = RuleTable()
    names = [Namesake(f"app/{number}") for number in range(4)]
    slots = [table.add(name) for name in names]
    assert len(set(slots)) == 4
    assert [table.find(name) for name in names] == slots
    assert table.find(Namesake("app/none")) == NOWHERE


def test_a_freed_slot_is_reused_and_forgets_its_subject() -> None:
    table = RuleTable()
    names = [Namesake(f"app/{number}") for number in range(3)]
    slots = [table.add(name) for name in names]
    table.remove(slots[1])
    assert table.find(names[1]) == NOWHERE
    assert table.add("app/new") == slots[1]
    assert [table.find(names[0]), table.find(names[2]), table.find("app/new")] == [slots[0], slots[2], slots[1]]
    assert len(table) == 3


def test_removing_a_subject_keeps_others_of_its_hash() -> None:
    table = RuleTable()
    names = [Namesake(f"app/{number}") for number in range(3)]
    slots = [table.add(name) for name in names]
    table.remove(slots[0])
    assert [table.find(name) for name in names] == [NOWHERE, *slots[1:]]
    assert table.find(names[0]) == NOWHERE
    table.remove(slots[2])
    assert [table.find(name) for name in names] == [NOWHERE, slots[1], NOWHERE]
