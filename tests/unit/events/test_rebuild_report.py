"""A rebuild is clean only if nothing that somebody should look at came of it."""

from typing import Any, Final

import pytest

from grantstream.events.replay.rebuild import RebuildReport

_CLEAN: Final[dict[str, Any]] = {
    "projection": "apps", "records": 9, "events": 7, "skipped": 1, "left_out": 1, "missed": (), "refused": {},
    "rows": 7, "added": 1, "advanced": 1, "corrected": 1, "kept": 1, "contradictions": (), "unexplained": (),
    "not_named": 0, "lost": (), "seconds": 1.0, "locked_seconds": 0.1,
}  # fmt: skip


def test_a_rebuild_with_a_dead_letter_no_row_lacks_is_clean() -> None:
    assert RebuildReport(**_CLEAN).is_clean


@pytest.mark.parametrize(
    "found",
    [
        {"missed": ["app"]},
        {"refused": {"expired": 1}},
        {"contradictions": ["app"]},
        {"unexplained": ["app"]},
        {"not_named": 1},
        {"lost": ["app.modified/2"]},
    ],
    ids=lambda found: next(iter(found)),
)
def test_missed_refused_lost_or_unexplained_is_not_clean(found: dict[str, Any]) -> None:
    assert not RebuildReport(**_CLEAN | found).is_clean
