"""Whatever is done to an application, in whatever order: what must hold of versions and bounds."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from grantstream.contracts.grants import GrantType
from grantstream.contracts.scopes import closure
from services.registration.domain.app import App
from tests.unit.services.registration.samples import START, app

SCOPES = ("receipts.read", "receipts.write", "receipts.writeonly", "openid", "purchaserequest.write", "LIST")
GRANTS = (GrantType.PASSWORD.value, GrantType.OTP.value)
Step = tuple[tuple[str, ...], tuple[str, ...], bool, bool]

steps = st.tuples(
    st.lists(st.sampled_from(SCOPES), max_size=3, unique=True).map(tuple),
    st.sampled_from([GRANTS, GRANTS, GRANTS[:1]]),
    st.sampled_from([True, True, True, False]),
    st.sampled_from([False, False, False, True]),
)


def after(before: App, step: Step) -> App:
    scopes, grants, active, suspended = step
    reviewed = before.reviewed({"suspended": suspended, "scopes": scopes}, now=START)
    return reviewed.modify({"allowed_grants": grants, "active": active}, now=START)


def course(history: list[Step]) -> list[App]:
    states = [app(scopes=())]
    for step in history:
        states.append(after(states[-1], step))
    return states


@given(st.lists(steps, max_size=8))
def test_bounds_and_versions_only_rise(history: list[Step]) -> None:
    states = course(history)
    for earlier, later in itertools.pairwise(states):
        assert later.state.version >= earlier.state.version
        assert later.state.void_below == later.state.void_below.raised_to(earlier.state.void_below)
        assert (later.state.version == earlier.state.version) == (later == earlier)


@given(st.lists(steps, max_size=8))
def test_a_token_of_the_present_version_is_never_void(history: list[Step]) -> None:
    newest = course(history)[-1]
    if newest.is_usable:
        for grant in newest.state.allowed_grants:
            assert not newest.state.void_below.voids(newest.state.version, closure(newest.state.scopes), grant)


@settings(max_examples=3 * settings().max_examples)
@given(
    st.lists(steps, min_size=1, max_size=8),
    st.sets(st.sampled_from(SCOPES), min_size=1, max_size=2),
    st.sampled_from(GRANTS),
)
def test_a_token_is_void_exactly_if_its_right_was_ever_lost(history: list[Step], carried: set[str], grant: str) -> None:
    states = course(history)
    for index, issued_from in enumerate(states):
        if not _gives(issued_from, carried, grant):
            continue
        lost = any(not _gives(later, carried, grant) for later in _every_state(states[index:], history[index:]))
        assert states[-1].state.void_below.voids(issued_from.state.version, carried, grant) == lost


def _every_state(states: list[App], history: list[Step]) -> list[App]:
    """The states and those between the two changes of each step."""
    between = [
        before.reviewed({"suspended": step[3], "scopes": step[0]}, now=START)
        for before, step in zip(states, history, strict=False)
    ]
    return [*states, *between]


def _gives(state: App, carried: set[str], grant: str) -> bool:
    return state.is_usable and carried <= closure(state.state.scopes) and grant in state.state.allowed_grants
