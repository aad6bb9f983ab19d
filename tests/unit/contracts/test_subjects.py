"""How things are named, and who may write about what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantstream.contracts import subjects

identifiers = st.from_regex(r"[A-Za-z0-9-]{1,12}", fullmatch=True)


@pytest.mark.parametrize(
    ("subject", "name", "key"),
    [
        (subjects.app("a"), "app/a", "a"),
        (subjects.enablement("a", "c"), "enablement/a/c", "a/c"),
        (subjects.user("u"), "user/u", "u"),
        (subjects.company("c"), "company/c", "c"),
        (subjects.grant("g"), "grant/g", "g"),
        (subjects.signing_key("k"), "key/k", "k"),
        (subjects.secret("s"), "secret/s", "s"),
        (subjects.access_token("t"), "token/t", "t"),
        (subjects.receipt("r"), "receipt/r", "r"),
        (subjects.usage("a"), "usage/a", "a"),
        (subjects.instance("c", "i"), "instance/c/i", "c/i"),
    ],
)
def test_subjects_and_keys_are_spelled_so(subject: str, name: str, key: str) -> None:
    assert subject == name
    assert subjects.record_key(subject) == key


@pytest.mark.parametrize(
    ("subject", "entry", "allowed"),
    [
        ("app/a", "app/a", True),
        ("app/a", "app/*", True),
        ("app/a", "*", True),
        ("app/ab", "app/a*", True),
        ("app/ab", "app/a", False),
        ("app/a", "app/a/*", False),
        ("enablement/a/c", "enablement/a/*", True),
        ("enablement/ab/c", "enablement/a/*", False),
        ("enablement/a/c", "app/*", False),
        ("app/a", "App/*", False),
        ("app/a", "", False),
        ("app/a", "*/a", False),
        ("app/a", "a*p/a", False),
        ("app/*", "app/*", True),
    ],
)
def test_an_entry_is_a_whole_subject_or_a_prefix(subject: str, entry: str, allowed: bool) -> None:
    assert subjects.within(subject, [entry]) is allowed


def test_an_empty_key_space_holds_nothing() -> None:
    assert not subjects.within("app/a", [])


@given(identifiers, identifiers, identifiers)
def test_one_apps_space_holds_no_other_apps_enablements(app: str, other: str, company: str) -> None:
    space = [subjects.enablement(app, "*")]
    assert subjects.within(subjects.enablement(other, company), space) is (app == other)


@pytest.mark.parametrize("value", ["a\x00b", "a\nb", "ü", "a" * 101])
def test_what_no_column_of_ids_could_hold_is_no_possible_id(value: str) -> None:
    assert not subjects.is_possible_id(value)


@given(identifiers)
def test_ids_of_ours_are_possible(identifier: str) -> None:
    assert subjects.is_possible_id(identifier)
