"""A row older than the fence's floor is never used."""

from dataclasses import dataclass

import pytest

from grantstream.contracts.events.fence import PermissionChanged
from grantstream.fence import RowBelowFloor, RuleBook, await_row

SUBJECT = "app/app-1"


@dataclass
class Row:
    version: int


def _book(floor: int) -> RuleBook:
    book = RuleBook()
    book.apply(PermissionChanged(subject=SUBJECT, version=floor), offset=0, appended_at=0.0)
    return book


class Projection:
    """Answers with one row after the other, the last one for ever."""

    def __init__(self, *rows: Row | None) -> None:
        self.rows = list(rows)
        self.reads = 0

    async def read(self) -> Row | None:
        self.reads += 1
        return self.rows.pop(0) if len(self.rows) > 1 else self.rows[0]


async def test_a_row_at_the_floor_is_given_at_once() -> None:
    projection = Projection(Row(3))
    assert await await_row(_book(3), SUBJECT, projection.read) == Row(3)
    assert projection.reads == 1


async def test_a_lagging_row_is_waited_for() -> None:
    projection = Projection(None, Row(2), Row(3))
    assert await await_row(_book(3), SUBJECT, projection.read) == Row(3)
    assert projection.reads == 3


async def test_a_row_that_stays_below_the_floor_is_refused() -> None:
    with pytest.raises(RowBelowFloor):
        await await_row(_book(3), SUBJECT, Projection(Row(2)).read, limit=0.01)


async def test_what_the_fence_never_heard_of_may_be_missing() -> None:
    assert await await_row(RuleBook(), SUBJECT, Projection(None).read) is None


async def test_a_floor_that_rises_while_the_row_is_read_counts() -> None:
    book = _book(1)

    async def read() -> Row:
        book.apply(PermissionChanged(subject=SUBJECT, version=2), offset=1, appended_at=0.0)
        return Row(1)

    with pytest.raises(RowBelowFloor):
        await await_row(book, SUBJECT, read, limit=0.01)


async def test_a_row_older_than_the_callers_token_is_awaited() -> None:
    projection = Projection(None, Row(1), Row(2))
    assert await await_row(RuleBook(), SUBJECT, projection.read, at_least=2) == Row(2)
    with pytest.raises(RowBelowFloor):
        await await_row(RuleBook(), SUBJECT, Projection(None).read, at_least=1, limit=0.01)
    with pytest.raises(RowBelowFloor):
        await await_row(_book(3), SUBJECT, Projection(Row(2)).read, at_least=1, limit=0.01)
