"""What an event is given when it is written."""

import uuid
from datetime import UTC, datetime

import pytest

from grantstream.contracts import subjects
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.events.state import EventData
from grantstream.contracts.events.token import GrantRevoked
from grantstream.events.producing.outbox import prepared
from grantstream.events.producing.own_token import TokenValidity
from grantstream.kafka.retry_pause import RetryPause
from grantstream.testing import Mint
from grantstream.testing.sample_events import app_modified

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_an_event_has_its_topic_and_its_aggregates_key() -> None:
    event = GrantRevoked(grant_id="g", app_id="a", user_id=None, company_id=None, reason="r")
    row = prepared(event, source="urn:test", now=NOW)
    assert (row.topic, row.key, row.subject) == ("grant.revoked", "g", "grant/g")
    assert row.dataschema == "urn:grantstream:event:grant.revoked:1"


def test_a_change_on_the_fence_has_its_whole_subject_as_key() -> None:
    change = PermissionChanged(subject=subjects.enablement("a", "c"), version=2)
    row = prepared(change, source="urn:test", now=NOW)
    assert (row.topic, row.key) == ("fence", "enablement/a/c")


def test_ids_are_uuids_in_the_order_of_time() -> None:
    event = GrantRevoked(grant_id="g", app_id="a", user_id=None, company_id=None, reason="r")
    ids = [prepared(event, source="urn:test", now=NOW).id for _ in range(100)]
    assert {uuid.UUID(each).version for each in ids} == {7}
    assert ids == sorted(ids)


def test_an_event_without_a_subject_is_rejected() -> None:
    class Nameless(EventData):
        pass

    with pytest.raises((TypeError, KeyError)):
        prepared(Nameless(), source="urn:test", now=NOW)


def test_pauses_double_up_to_the_longest_and_start_again() -> None:
    pause = RetryPause(first=1.0, longest=10.0)
    for most in (1, 2, 4, 8, 10, 10):
        assert most / 2 <= pause.next() <= most
    pause.reset()
    assert pause.next() <= 1


@pytest.mark.parametrize(("appended_at", "covered"), [(969, False), (970, True), (1999, True), (2000, False)])
def test_a_token_covers_append_times_within_the_tolerance(appended_at: float, covered: bool) -> None:
    token = Mint().token(issued_at=900, not_before=1000, expires_at=2000)
    assert TokenValidity.of(token).covers(appended_at) is covered


@pytest.mark.parametrize("token", ["", "a.b.c", "a.e30.c", "nothing"])
def test_what_is_no_token_is_no_token(token: str) -> None:
    with pytest.raises(ValueError, match="not a JWT"):
        TokenValidity.of(token)


@pytest.mark.parametrize("app_id", ["a\0b", "\u00e9", "a" * 1_000])
def test_an_event_no_consumer_would_accept_is_not_written(app_id: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        prepared(app_modified(app_id=app_id), source="urn:test", now=NOW)
