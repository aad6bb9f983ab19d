"""Each check of the chaos suite finds what it is there to find, and finds nothing where nothing is wrong."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos import checks
from tests.chaos.checks import Evidence, FenceHarm, broken
from tests.chaos.history import Answered, History, Renewal, Request
from tests.chaos.topic_log import Found
from tests.chaos.version_log import OWNED, PROJECTED

APP, USER = "app/a", "user/u"
POISON = ("app.modified", 0, 7)


def _event(about: str, version: int, topic: str = "app.modified", offset: int = 0, **data: Any) -> Found:
    value = json.dumps({"version": version} | data).encode()
    return Found((topic, 0, offset), b"a", value, {"ce_subject": about}, ())


def _letter(place: tuple[str, int, int] = POISON, group: str = "token") -> Found:
    topic, partition, offset = place
    told = {"dead-topic": topic, "dead-partition": str(partition), "dead-offset": str(offset)}
    told |= {"dead-group": group, "dead-reason": "event_proof_missing"}
    return Found((f"{topic}.dead", 0, 0), b"a", b"", told, ())


def _history() -> History:
    history = History(lambda: 0.0, promises=1)
    history.changed("rotate", APP, 2, 200)
    history.asked(Request(10.0, 10.1, "mint", 200))
    return history


@pytest.fixture
def good() -> Evidence:
    """A small run in which nothing went wrong."""
    nothing: Mapping[str, Any] = {}
    return Evidence(
        history=_history(),
        owned={table.name: nothing for table in OWNED}
        | {"apps": {APP: [1, 2]}, "user_account": {USER: [4]}, "receipt": {"receipt/r": [1]}},
        projected={table.name: nothing for table in PROJECTED}
        | {"app_projection": {APP: [1, 2]}, "users": {USER: [4]}, "known_user": {USER: [4]}},
        differing_rows=nothing,
        replayed_rows=nothing,
        events=[
            _event(APP, 1),
            _event(APP, 2, offset=1),
            _event(USER, 4, "user.modified"),
            _event("receipt/r", 1, "receipt.posted"),
            _event(APP, 1002, offset=POISON[2]),
        ],
        fence=[_event(subject, version, "fence", subject=subject) for subject, version in ((APP, 2), (USER, 4))],
        dead=[_letter()],
        dead_rows={(POISON, "token"): "event_proof_missing"},
        planted={POISON: "unsigned"},
        readers={"app.modified": frozenset({"token"})},
        receipts=["r"],
        counted=["r"],
        outbox={"token": 0},
        broker_deaths=[(9.0, 11.0)],
        fence_harms=[],
        leaked=nothing,
        failures=[],
    )


def _failed(found: Evidence) -> set[str]:
    return set(broken(found))


def test_a_run_in_which_nothing_went_wrong_passes(good: Evidence) -> None:
    assert broken(good) == {}


def test_an_answered_change_that_a_projection_lacks(good: Evidence) -> None:
    found = replace(good, projected={**good.projected, "app_projection": {APP: [1]}})
    assert _failed(found) == {"answered_changes_are_in_every_projection"}


def test_an_answered_change_without_a_commit_is_found(good: Evidence) -> None:
    good.history.answered.append(Answered(1.0, "rotate", "app/gone", 5, 200))
    assert "answered_changes_were_committed" in _failed(good)
    assert list(checks.answered_changes_were_committed(replace(good, receipts=["r", "lost"])))[-1].startswith("receipt")


def test_a_committed_change_that_was_not_told(good: Evidence) -> None:
    owned = {**good.owned, "apps": {APP: [1, 2, 3]}}
    assert len(list(checks.committed_changes_are_on_their_topics(replace(good, owned=owned)))) == 2
    assert _failed(replace(good, outbox={"token": 1})) == {"committed_changes_are_on_their_topics"}
    assert _failed(replace(good, fence=good.fence[1:])) == {"committed_changes_are_on_their_topics"}


def test_a_change_only_in_producer_dated_records_is_missing(good: Evidence) -> None:
    """A record counts only where the broker dates it."""
    undated = [replace(event, dated_by_broker=event.subject != USER) for event in good.events]
    assert _failed(replace(good, events=undated)) == {"committed_changes_are_on_their_topics"}
    undated = [replace(event, dated_by_broker=False) for event in good.fence]
    assert _failed(replace(good, fence=undated)) == {"committed_changes_are_on_their_topics"}


def test_fence_loss_excuses_only_changes_lost_unread(good: Evidence) -> None:
    """The change must have been appended in a span whose records were deleted before the tests could read them."""
    events = [replace(event, appended_at=1_000.0) for event in good.events]
    found = replace(good, fence=[], events=events)
    assert _failed(found) == {"committed_changes_are_on_their_topics"}
    assert _failed(replace(found, fence_harms=[FenceHarm(1.0, 2.0)])) == {"committed_changes_are_on_their_topics"}
    assert _failed(replace(found, fence_harms=[FenceHarm(1.0, 2.0, (999.0, 1_001.0))])) == set()
    assert _failed(replace(found, fence_harms=[FenceHarm(1.0, 2.0, (1_005.0, 1_009.0))])) != set()


@pytest.mark.parametrize(
    ("given_at", "refused_at", "stands"),
    [(3.0, 5.0, False), (3.0, 8.0, False), (1.0, 3.0, True), (7.5, 9.0, True)],
)
def test_refusing_a_good_token_without_fence_loss_is_found(
    good: Evidence, given_at: float, refused_at: float, stands: bool
) -> None:
    good.history.renewed(Renewal("of somebody", given_at, refused_at))
    found = replace(good, fence_harms=[FenceHarm(4.0, 7.0)])
    assert _failed(found) == ({"no_good_token_is_refused_without_a_cause"} if stands else set())
    assert _failed(good) == {"no_good_token_is_refused_without_a_cause"}


@pytest.mark.parametrize("where", ["events", "fence"])
def test_something_on_a_topic_that_was_never_committed(good: Evidence, where: str) -> None:
    found = replace(good, **{where: [*getattr(good, where), _event(APP, 9, offset=99, subject=APP)]})
    assert _failed(found) == {"nothing_appears_that_was_not_committed"}


def test_something_in_a_projection_that_was_never_committed(good: Evidence) -> None:
    projected = {**good.projected, "users": {USER: [4], "user/stranger": [1]}}
    assert _failed(replace(good, projected=projected)) == {"nothing_appears_that_was_not_committed"}


@pytest.mark.parametrize("versions", [[2, 1, 2], [1, 2, 2]])
def test_a_projection_that_went_back(good: Evidence, versions: list[int]) -> None:
    found = replace(good, projected={**good.projected, "app_projection": {APP: versions}})
    assert _failed(found) == {"versions_only_grow"}


def test_rows_that_differ(good: Evidence) -> None:
    differing = {"users": ["registration.users lacks u"]}
    assert _failed(replace(good, differing_rows=differing)) == {"projections_equal_their_owners"}
    assert _failed(replace(good, replayed_rows=differing)) == {"a_replay_gives_the_same_rows"}


def test_something_withdrawn_that_was_taken(good: Evidence) -> None:
    good.history.violated("disable at version 3: token 12 answered 200")
    assert _failed(good) == {"nothing_withdrawn_is_taken"}


@pytest.mark.parametrize(("sent_at", "stands"), [(10.0, False), (8.0, False), (11.5, True)])
def test_a_request_that_suffered_from_one_brokers_death(good: Evidence, sent_at: float, stands: bool) -> None:
    good.history.asked(Request(sent_at, sent_at + 1.5, "post receipt", 503))
    assert _failed(good) == (set() if stands else {"one_brokers_death_stops_no_request"})


@pytest.mark.parametrize("counted", [["r", "r"], [], ["r", "stranger"]])
def test_a_duplicate_missing_or_spurious_effect_is_found(good: Evidence, counted: list[str]) -> None:
    assert _failed(replace(good, counted=counted)) == {"effects_with_an_inbox_happen_once"}


def test_dead_letters_that_are_missing_or_too_many(good: Evidence) -> None:
    assert _failed(replace(good, dead=[])) == {"dead_letters_are_the_planted_poison"}
    assert _failed(replace(good, dead=[_letter(), _letter(("app.modified", 0, 8))])) == {
        "dead_letters_are_the_planted_poison"
    }
    assert _failed(replace(good, dead=[_letter(), _letter()])) == set(), "a crash may set one aside twice"
    assert _failed(replace(good, dead_rows={})) == {"dead_letters_are_the_planted_poison"}
    spurious = {**good.dead_rows, (("app.modified", 0, 8), "token"): "expired"}
    assert _failed(replace(good, dead_rows=spurious)) == {"dead_letters_are_the_planted_poison"}


def test_a_dead_letter_of_a_producer_dated_event_is_allowed(good: Evidence) -> None:
    place = ("app.modified", 0, 8)
    event = replace(_event(APP, 2, offset=8), dated_by_broker=False)
    found = replace(good, dead=[_letter(), _letter(place)], events=[*good.events, event])
    assert _failed(found) == set()
    dated = replace(event, dated_by_broker=True)
    assert _failed(replace(found, events=[*good.events, dated])) == {"dead_letters_are_the_planted_poison"}


def test_odd_answers_leaks_and_actors_that_broke_down(good: Evidence) -> None:
    assert _failed(replace(good, leaked={"token-http.log": ["a password"]})) == {"no_secret_is_in_a_log"}
    assert _failed(replace(good, failures=["KeyError()"])) == {"everybody_acted_to_the_end"}
    good.history.found_odd("disable: answered 500")
    assert _failed(good) == {"no_answer_was_odd"}


def test_a_run_without_anybody_in_it_shows_nothing(good: Evidence) -> None:
    assert "everybody_acted_to_the_end" in _failed(replace(good, history=History(lambda: 0.0)))
