"""One company's permission for one application."""

from hypothesis import given
from hypothesis import strategies as st

from grantstream.contracts.void import VoidBelow
from services.registration.domain.enablement import Enablement
from tests.unit.services.registration.samples import START

NEW = Enablement.never_given("app-1", "company-1", START)


def test_enabling_again_does_not_revive_voided_tokens() -> None:
    enabled = NEW.enable(START)
    disabled = enabled.disable(START)
    again = disabled.enable(START)
    assert (enabled.state.version, disabled.state.version, again.state.version) == (1, 2, 3)
    assert enabled.state.void_below.is_empty
    assert disabled.state.void_below == again.state.void_below == VoidBelow(version=2)
    assert again.state.void_below.voids(enabled.state.version)
    assert not again.state.void_below.voids(again.state.version)


def test_asking_for_what_is_so_already_changes_nothing() -> None:
    assert NEW.disable(START) is NEW
    enabled = NEW.enable(START)
    assert enabled.enable(START) is enabled


@given(st.lists(st.booleans()))
def test_bounds_only_rise_and_current_tokens_are_good(orders: list[bool]) -> None:
    state = NEW
    for enable in orders:
        later = state.enable(START) if enable else state.disable(START)
        assert later.state.void_below.version >= state.state.void_below.version
        state = later
    assert state.state.void_below.voids(state.state.version) is False
