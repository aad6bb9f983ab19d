"""What a rebuild tells a person."""

from typing import Any

import pytest

from grantstream.cli import rebuild

CLEAN: dict[str, Any] = {
    "projection": "apps", "rows": 2, "events": 5, "seconds": 0.4, "locked_seconds": 0.006,
    "added": 0, "advanced": 0, "corrected": 0, "kept": 2, "left_out": 0, "missed": [], "refused": {},
    "unexplained": [], "contradictions": [], "not_named": 0, "lost": [], "is_clean": True,
}  # fmt: skip


def test_a_clean_one_says_what_was_made_and_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    rebuild._print(CLEAN)
    assert capsys.readouterr().out.splitlines() == [
        "apps: 2 rows from 5 events in 0.4 s; the table was locked for 6 ms.",
        "Against the table before: 0 added, 0 newer, 0 corrected, 2 kept.",
    ]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"left_out": 3, "missed": ["a", "b"]}, "newer than their rows: a, b. Redrive them."),
        ({"left_out": 3}, "3 dead letters were left out."),
        ({"refused": {"event_proof_missing": 2}}, "2 records were refused: event_proof_missing."),
        ({"unexplained": ["c"]}, "Kept, though no topic tells of them: c."),
        ({"contradictions": ["d"]}, "Kept, though the topics tell otherwise of them: d."),
        ({"lost": ["app.modified/2"]}, "the group may have lost records of app.modified/2."),
        ({"not_named": 7}, "7 more of the table before were kept, and not looked up."),
    ],
)
def test_whatever_is_not_clean_is_said(found: dict[str, Any], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    rebuild._print(CLEAN | found)
    assert told in capsys.readouterr().out
