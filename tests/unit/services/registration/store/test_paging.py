"""Cursors lead back to where they were given, and nowhere else."""

import contextlib
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantstream.contracts.invalid_input import InvalidInput
from services.registration.store.paging import Position


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_leads_back(created_at: object, app_id: object) -> None:
    position = Position(created_at, str(app_id))  # type: ignore[arg-type]
    assert Position.from_cursor(position.to_cursor()) == position


@pytest.mark.parametrize("cursor", ["x", "!", "ä", "bm90IGEgZGF0ZQ", "MDAwMS0wMS0wMVQwMDowMDowMCsyMzo1OSBh", "=" * 9])
def test_what_no_page_gave_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        Position.from_cursor(cursor)


@given(st.text(max_size=40))
def test_any_text_is_a_cursor_or_refused(cursor: str) -> None:
    with contextlib.suppress(InvalidInput):
        Position.from_cursor(cursor)
