"""What the rule book promises about floors and void tokens."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantstream.contracts import subjects
from grantstream.contracts.claims import RULE_LIFETIME, AccessTokenClaims, Principal
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.void import VoidBelow
from grantstream.fence import RuleBook
from grantstream.fence.rules import MOST_NAMES

TOKEN = AccessTokenClaims(
    issuer="https://issuer.example",
    subject="user-1",
    audience="urn:grantstream:api",
    client_id="app-1",
    token_id="jti-1",
    issued_at=1_000,
    expires_at=4_600,
    not_before=1_000,
    principal=Principal.USER,
    scopes=frozenset({"receipts.read", "openid"}),
    grant_type="password",
    app_version=5,
    enablement_version=3,
    user_version=2,
    company_id="company-1",
    grant_id="grant-1",
    secret_id="secret-1",
    key_id="key-1",
)


def _told(
    book: RuleBook, subject: str, version: int, void_below: VoidBelow | None = None, offset: int = 0, at: float = 0.0
) -> None:
    change = PermissionChanged(subject=subject, version=version, void_below=void_below or VoidBelow())
    book.apply(change, offset=offset, appended_at=at)


def test_a_change_that_only_widens_voids_nothing() -> None:
    book = RuleBook()
    _told(book, subjects.app("app-1"), 9)
    assert book.void_subject(TOKEN) is None
    assert book.floor(subjects.app("app-1")) == 9


@pytest.mark.parametrize(
    ("subject", "issued_from"),
    [
        (subjects.app("app-1"), 5),
        (subjects.enablement("app-1", "company-1"), 3),
        (subjects.user("user-1"), 2),
    ],
)
def test_a_version_bound_voids_only_tokens_below_it(subject: str, issued_from: int) -> None:
    book = RuleBook()
    _told(book, subject, issued_from, VoidBelow(version=issued_from))
    assert book.void_subject(TOKEN) is None
    _told(book, subject, issued_from + 1, VoidBelow(version=issued_from + 1))
    assert book.void_subject(TOKEN) == subject


@pytest.mark.parametrize(
    "subject",
    [
        subjects.grant("grant-1"),
        subjects.access_token("jti-1"),
        subjects.signing_key("key-1"),
        subjects.secret("secret-1"),
    ],
)
def test_a_token_of_a_void_grant_or_key_or_secret_is_void(subject: str) -> None:
    book = RuleBook()
    _told(book, subject, 1, VoidBelow(version=1))
    assert book.void_subject(TOKEN) == subject


def test_narrowed_scopes_void_only_tokens_that_carry_them() -> None:
    book = RuleBook()
    _told(book, subjects.app("app-1"), 6, VoidBelow(scopes={"receipts.read": 6}))
    assert book.void_subject(TOKEN) == subjects.app("app-1")
    assert book.void_subject(replace(TOKEN, scopes=frozenset({"openid"}))) is None
    assert book.void_subject(replace(TOKEN, app_version=6)) is None


def test_a_removed_grant_type_voids_only_its_tokens() -> None:
    book = RuleBook()
    _told(book, subjects.app("app-1"), 6, VoidBelow(grants={"password": 6}))
    assert book.void_subject(TOKEN) == subjects.app("app-1")
    assert book.void_subject(replace(TOKEN, grant_type="client_credentials")) is None


def test_older_changes_do_not_lower_the_floor_or_bounds() -> None:
    book = RuleBook()
    subject = subjects.enablement("app-1", "company-1")
    _told(book, subject, 5, VoidBelow(version=4), offset=10)
    _told(book, subject, 4, VoidBelow(version=4), offset=11)
    _told(book, subject, 2, VoidBelow(version=2), offset=12)
    assert book.floor(subject) == 5
    assert book.offset_of(subject, 5) == 10
    assert book.offset_of(subject, 6) is None
    assert book.void_subject(replace(TOKEN, enablement_version=3)) == subject
    assert book.void_subject(replace(TOKEN, enablement_version=4)) is None


def test_an_enablement_voids_no_token_of_another_company() -> None:
    book = RuleBook()
    _told(book, subjects.enablement("app-1", "company-2"), 9, VoidBelow(version=9))
    assert book.void_subject(TOKEN) is None


def test_a_rule_is_kept_exactly_as_long_as_a_token_can_live() -> None:
    book = RuleBook()
    lifetime = RULE_LIFETIME.total_seconds()
    _told(book, subjects.user("user-1"), 3, VoidBelow(version=3), at=100.0)
    book.expire(100.0 + lifetime)
    assert book.void_subject(TOKEN) is not None
    book.expire(101.0 + lifetime)
    assert book.void_subject(TOKEN) is None
    assert len(book) == 0


def test_a_rule_that_is_told_again_lives_from_then_on() -> None:
    book = RuleBook()
    lifetime = RULE_LIFETIME.total_seconds()
    _told(book, subjects.user("user-1"), 3, VoidBelow(version=3), at=100.0)
    _told(book, subjects.user("user-1"), 4, at=200.0)
    book.expire(150.0 + lifetime)
    assert book.void_subject(TOKEN) == subjects.user("user-1")
    book.expire(201.0 + lifetime)
    assert len(book) == 0


def test_an_event_is_judged_by_rules_up_to_its_append_time() -> None:
    book = RuleBook()
    subject = subjects.app("app-1")
    _told(book, subject, 4, VoidBelow(version=4), at=50.0)
    _told(book, subject, 6, VoidBelow(version=6), at=100.0)
    _told(book, subject, 9, VoidBelow(version=9), at=200.0)
    assert book.void_subject(TOKEN, at=99.9) is None
    assert book.void_subject(TOKEN, at=100.0) == subject
    assert book.void_subject(replace(TOKEN, app_version=8), at=199.9) is None
    assert book.void_subject(replace(TOKEN, app_version=8), at=200.0) == subject
    assert book.void_subject(replace(TOKEN, app_version=8)) == subject


def test_a_grant_is_void_for_events_from_its_revocation_on() -> None:
    book = RuleBook()
    _told(book, subjects.grant("grant-1"), 1, VoidBelow(version=1), at=100.0)
    _told(book, subjects.grant("grant-1"), 1, VoidBelow(version=1), at=200.0)
    assert book.void_subject(TOKEN, at=99.9) is None
    assert book.void_subject(TOKEN, at=100.0) == subjects.grant("grant-1")


@st.composite
def _histories(draw: st.DrawFn) -> list[tuple[float, int, VoidBelow]]:
    bounds = st.builds(
        VoidBelow,
        version=st.integers(0, 9),
        scopes=st.dictionaries(st.sampled_from(["receipts.read", "openid", "other"]), st.integers(1, 9), max_size=2),
        grants=st.dictionaries(st.sampled_from(["password", "other"]), st.integers(1, 9), max_size=1),
    )
    times = sorted(draw(st.lists(st.integers(0, 3000), min_size=1, max_size=6)))
    return [(float(at), draw(st.integers(1, 9)), draw(bounds)) for at in times]


@given(_histories(), st.none() | st.floats(0, 3000))
def test_any_rule_up_to_a_time_voids_a_token_at_that_time(
    history: list[tuple[float, int, VoidBelow]], at: float | None
) -> None:
    book = RuleBook()
    for told_at, version, bounds in history:
        _told(book, subjects.app("app-1"), version, bounds, at=told_at)
    expected = any(
        bounds.voids(TOKEN.app_version, TOKEN.scopes, TOKEN.grant_type)
        for told_at, _, bounds in history
        if at is None or told_at <= at
    )
    assert (book.void_subject(TOKEN, at) is not None) == expected
    assert book.floor(subjects.app("app-1")) == max(version for _, version, _ in history)


def test_old_changes_are_merged_and_stay_in_force() -> None:
    book, subject = RuleBook(), subjects.app("app-1")
    lifetime = RULE_LIFETIME.total_seconds()
    for number in range(200):
        _told(book, subject, number + 1, VoidBelow(version=number + 1), at=number * lifetime / 10)
        book.expire(number * lifetime / 10)
    assert book.void_subject(replace(TOKEN, app_version=199)) == subject
    assert book.void_subject(replace(TOKEN, app_version=200)) is None
    assert len(book._histories[0]) < 20


def test_a_reused_row_keeps_nothing_of_its_old_subject() -> None:
    book = RuleBook()
    lifetime = RULE_LIFETIME.total_seconds()
    _told(book, subjects.user("user-1"), 3, VoidBelow(version=3, scopes={"openid": 3}), at=100.0)
    _told(book, subjects.grant("grant-1"), 1, VoidBelow(version=1), at=100.0)
    book.expire(102.0 + lifetime)
    for subject in (subjects.app("app-1"), subjects.enablement("app-1", "company-1")):
        _told(book, subject, 2, at=200.0 + lifetime)
    assert book.void_subject(TOKEN) is None
    assert book.floor(subjects.user("user-1")) == 0


def test_too_many_names_void_all_below_the_highest_bound() -> None:
    book, subject = RuleBook(), subjects.app("app-1")
    for first in range(0, 2 * MOST_NAMES, 100):
        scopes = {f"made.up{number}": 5 for number in range(first, first + 100)}
        _told(book, subject, 5, VoidBelow(scopes=scopes), at=100.0)
    assert book.void_subject(replace(TOKEN, app_version=4)) == subject
    assert book.void_subject(replace(TOKEN, app_version=5)) is None
    assert book.void_subject(replace(TOKEN, app_version=4), at=99.0) is None


def test_a_subject_of_which_much_is_told_takes_no_longer() -> None:
    """Whoever may narrow one subject does not hold up everybody."""
    book, subject = RuleBook(), subjects.app("app-1")
    started = time.process_time()
    for version in range(1, 20_000):
        _told(book, subject, version, VoidBelow(version=version), at=100.0 + version / 100)
    assert book.void_subject(replace(TOKEN, app_version=19_998)) == subject
    assert time.process_time() - started < 10


def test_a_rule_too_young_by_a_fraction_is_forgotten_later() -> None:
    book, life = RuleBook(), RULE_LIFETIME.total_seconds()
    book.apply(PermissionChanged(subject="app/fraction", version=2), offset=0, appended_at=1_000.7)
    book.expire(1_000.5 + life)
    assert book.floor("app/fraction") == 2
    book.expire(1_002.0 + life)
    assert len(book) == 0
