"""About which subjects staff let an application write events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantstream.contracts.invalid_input import InvalidInput
from grantstream.contracts.subjects import within
from grantstream.contracts.void import VoidBelow
from services.registration.domain.app import App
from services.registration.domain.key_space import faults_of_key_space, is_narrower
from tests.unit.services.registration.samples import START, app

EVENT_SCOPES = ("app.event.writeonly", "receipts.read")


def reviewed(before: App, *key_space: str, scopes: tuple[str, ...] = EVENT_SCOPES) -> App:
    return before.reviewed({"key_space": key_space, "scopes": scopes}, now=START)


@pytest.mark.parametrize("entry", ["app/*", "app/4711", "enablement/4711/*", "receipt/portal-*", "usage/4711"])
def test_an_entry_is_a_subject_or_its_beginning(entry: str) -> None:
    assert list(faults_of_key_space((entry,))) == []


@pytest.mark.parametrize(
    "entry",
    [
        *("*", "", "app", "app/", "/x", "ap*", "key/*", "key/kid", "instance/*", "App/x"),
        *("dead/*", "dead/portal/*"),
        *("app/*/x", "app/**", "app/a b", "app/\x00", "app/é", "app/" + "x" * 300),
    ],
)
def test_a_malformed_or_reserved_entry_is_refused(entry: str) -> None:
    [fault] = faults_of_key_space((entry,))
    assert fault.pointer == "/keySpace/0"
    with pytest.raises(InvalidInput):
        reviewed(app(), entry)


def test_entries_are_told_once_and_are_not_without_number() -> None:
    assert [fault.pointer for fault in faults_of_key_space(("app/a", "app/a"))] == ["/keySpace"]
    assert [fault.pointer for fault in faults_of_key_space(tuple(f"app/{n}" for n in range(101)))] == ["/keySpace"]


def test_no_application_gets_the_scope_of_signing_keys() -> None:
    with pytest.raises(InvalidInput) as caught:
        reviewed(app(), scopes=("app.event.writeonly", "key.event.writeonly"))
    assert [fault.pointer for fault in caught.value.faults] == ["/scopes/1"]


def test_a_narrower_key_space_voids_only_event_tokens() -> None:
    narrower = reviewed(reviewed(app(scopes=()), "app/*"), "app/a*")
    assert narrower.state.void_below == VoidBelow(scopes={"app.event.writeonly": 3})
    assert narrower.state.void_below.voids(2, ["app.event.writeonly"])
    assert not narrower.state.void_below.voids(2, ["receipts.read"])


def test_a_wider_key_space_voids_nothing() -> None:
    wider = reviewed(reviewed(app(scopes=()), "app/a*"), "app/*", "receipt/x")
    assert wider.state.version == 3
    assert wider.state.void_below.is_empty


def test_the_owners_changes_leave_the_key_space_alone() -> None:
    given_by_staff = reviewed(app(), "app/*")
    assert given_by_staff.modify({}, now=START) is given_by_staff


entries = st.tuples(st.text("ab", max_size=3), st.booleans()).map(lambda one: f"app/{one[0]}{'*' if one[1] else ''}")
spaces = st.lists(entries, max_size=4).map(tuple)
SUBJECTS = [f"app/{first}{second}{third}" for first in "ab" for second in ("", "a", "b") for third in ("", "a", "b")]


@given(spaces, spaces)
def test_whatever_is_lost_is_found_out(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    lost = any(within(subject, before) and not within(subject, after) for subject in SUBJECTS)
    if lost:
        assert is_narrower(after, before)


@given(spaces, spaces)
def test_adding_entries_narrows_nothing(before: tuple[str, ...], more: tuple[str, ...]) -> None:
    assert not is_narrower(before + more, before)


def test_a_token_can_hold_a_whole_key_space() -> None:
    entries = tuple(f"app/{number:096}" for number in range(30))
    assert sum(map(len, entries)) == 3_000
    assert list(faults_of_key_space(entries)) == []
    assert [fault.pointer for fault in faults_of_key_space((*entries, "app/a"))] == ["/keySpace"]
