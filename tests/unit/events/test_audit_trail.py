"""A trail says of each record what it changed, what it repeats, and what is missing before it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from grantstream.contracts.events.registration import AppEnabled, SecretState, SecretStatus
from grantstream.events.replay.audit_trail import AuditLine, AuditTrail, Standing, changes_between, compare
from tests.unit.events.test_projection import app

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def line(state: Any, at: float, **changes: Any) -> AuditLine:
    """A verified line of a state, appended so many seconds later."""
    fields: dict[str, Any] = {
        "appended_at": NOW + timedelta(seconds=at), "topic": "app.modified", "partition": 0, "offset": int(at),
        "event_type": "app.modified", "subject": state.subject, "version": state.version, "producer": "registration",
        "standing": Standing.CHANGE,
    }  # fmt: skip
    return AuditLine(**fields | changes)


def compared(*told: tuple[Any, float]) -> list[AuditLine]:
    return compare([(line(state, at), state) for state, at in told])


def secret(secret_id: str, **changes: Any) -> SecretState:
    state = SecretState(secret_id=secret_id, digest="sha256:" + "aa" * 32, status=SecretStatus.ACTIVE, created_at=NOW)
    return state.model_copy(update=changes)


def summaries(before: Any, after: Any) -> list[str]:
    return [str(change) for change in changes_between(before, after)]


def test_lines_are_ordered_by_append_time_then_version() -> None:
    told = compared((app(3), 5), (app(2), 5), (app(1), 9))
    assert [entry.version for entry in told] == [2, 3, 1]


def test_each_line_shows_the_change_from_the_version_before() -> None:
    first, second = compared((app(1, name="old", scopes=("a", "b")), 1), (app(2, name="new", scopes=("b", "c")), 2))
    assert first.standing is Standing.FIRST
    assert second.standing is Standing.CHANGE
    assert second.summary == "name: 'old' -> 'new'; scopes: +'c' -'a'"


def test_a_version_is_compared_with_its_late_predecessor() -> None:
    told = compared((app(1, name="a"), 1), (app(3, name="c"), 2), (app(2, name="b"), 3))
    assert [(entry.version, entry.standing) for entry in told] == [
        (1, Standing.FIRST), (3, Standing.CHANGE), (2, Standing.LATE),
    ]  # fmt: skip
    assert "name: 'b' -> 'c'" in told[1].summary
    assert told[1].missing is None


def test_versions_that_no_topic_has_any_more_are_named() -> None:
    first, second, third = compared((app(3), 1), (app(5), 2), (app(9), 3))
    assert (first.missing, second.missing, third.missing) == ((1, 2), (4, 4), (6, 8))
    assert "versions 1 to 2 are not in the topics any more" in first.summary
    assert "version 4 is not in the topics any more" in second.summary


def test_the_same_state_again_is_no_change_and_no_failure() -> None:
    told = compared((app(1), 1), (app(1), 2))
    assert [entry.standing for entry in told] == [Standing.FIRST, Standing.AGAIN]
    assert AuditTrail("app", told).is_sound


def test_two_contents_of_one_version_fail_the_trail() -> None:
    told = compared((app(1), 1), (app(1, name="other"), 2))
    trail = AuditTrail("app", told)
    assert [entry.standing for entry in told] == [Standing.FIRST, Standing.CONTRADICTION]
    assert (trail.is_sound, list(trail.failed)) == (False, [told[1]])


def test_a_refused_record_fails_the_trail_without_effect() -> None:
    good, forged = app(1), line(app(2), 1, refused="event_proof_missing", standing=Standing.REFUSED)
    told = compare([(line(good, 2), good), (replace(forged, version=None, subject=None), None)])
    assert [entry.verified for entry in told] == [False, True]
    assert told[0].summary == "not believed: event_proof_missing"
    assert told[1].missing is None
    assert not AuditTrail("app", told).is_sound


def test_an_enablement_has_versions_of_its_own() -> None:
    enabled = AppEnabled(app_id="app", company_id="c", enabled=True, version=1, updated_at=NOW)
    told = compared((app(4), 1), (enabled, 2), (app(5), 3))
    assert [entry.missing for entry in told] == [(1, 3), None, None]


def test_secrets_are_shown_by_id_and_never_by_digest() -> None:
    before = app(1, secrets=(secret("one"), secret("two"), secret("four")))
    after = app(
        2,
        secrets=(
            secret("one", status=SecretStatus.INACTIVE),
            secret("three"),
            secret("four", digest="sha256:" + "bb" * 32),
        ),
    )
    told = [text for text in summaries(before, after) if text.startswith("secrets")]
    assert told == [
        "secrets: 'one' status 'active' -> 'inactive'",
        "secrets: +'three'",
        "secrets: 'four' has another value",
        "secrets: -'two'",
    ]
    assert "sha256" not in str(told)


def test_what_a_partner_wrote_reaches_no_terminal_as_it_is() -> None:
    [told] = [text for text in summaries(app(1), app(2, name="\x1b[2Jx\u202ey" + "z" * 500)) if text.startswith("name")]
    assert told.isprintable()
    assert len(told) < 300


def test_who_asked_and_when_are_no_changes() -> None:
    before = app(1, name="same")
    assert summaries(before, before.model_copy(update={"version": 2, "updated_at": NOW + timedelta(days=1)})) == []
