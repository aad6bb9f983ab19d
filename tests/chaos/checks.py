"""The promises, each a check of its own that gives one line for each way in which it was broken."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tests.chaos.history import History
from tests.chaos.topic_log import Found, Place
from tests.chaos.version_log import OWNED, PROJECTED, Table, Versions

_FENCED: Final = ("app/", "enablement/", "user/")
_BESIDE: Final = 2.0
"""Seconds within which an event and its change on the fence are appended, while both topics are there."""


@dataclass(frozen=True, slots=True)
class FenceHarm:
    """An operator took records of the fence away. `began`, `ended`: seconds of the run, until all was well again.

    `unread`: between these append times (epoch seconds) records may have gone that the tests could not read before.
    """

    began: float
    ended: float
    unread: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was read back when everything had come to rest."""

    history: History
    owned: Mapping[str, Versions]
    """What was committed, by the owner's table."""
    projected: Mapping[str, Versions]
    """What was committed, by the projection's table."""
    differing_rows: Mapping[str, Sequence[str]]
    """By projection: the rows that differ from the owner's."""
    replayed_rows: Mapping[str, Sequence[str]]
    """By projection: the rows of a replay into an empty database that differ from the live ones."""
    events: Sequence[Found]
    """Of all topics but the fence and the dead letters."""
    fence: Sequence[Found]
    dead: Sequence[Found]
    """The copies of dead letters."""
    dead_rows: Mapping[tuple[Place, str], str]
    """The dead letters in the groups' databases: the reason, by place and group."""
    planted: Mapping[Place, str]
    readers: Mapping[str, frozenset[str]]
    """The groups that read each topic."""
    receipts: Sequence[str]
    """Those that were answered."""
    counted: Sequence[str]
    """What the counting group counted."""
    outbox: Mapping[str, int]
    """Rows that wait, by service."""
    broker_deaths: Sequence[tuple[float, float]]
    """When nothing but one broker was away."""
    fence_harms: Sequence[FenceHarm]
    """When records of the fence were taken away."""
    leaked: Mapping[str, object]
    """Log files in which a secret was found."""
    failures: Sequence[str]
    """Actors of the tests themselves that broke down: then the rest shows little."""


Check = Callable[[Evidence], Iterable[str]]


def answered_changes_are_in_every_projection(found: Evidence) -> Iterable[str]:
    """Whatever was answered is known wherever it should be, at that version or a newer one."""
    for table in PROJECTED:
        newest = {subject: max(versions) for subject, versions in found.projected[table.name].items()}
        kind = _kind(table)
        for change in found.history.answered:
            if change.subject.startswith(kind) and newest.get(change.subject, 0) < change.version:
                yield (
                    f"{table.service}.{table.name} has {change.subject} at version {newest.get(change.subject, 0)}, "
                    f"and version {change.version} ({change.kind}) was answered {change.status} at {change.at:.2f}"
                )


def answered_changes_were_committed(found: Evidence) -> Iterable[str]:
    """Nothing was answered that the owner does not have."""
    committed = {(subject, version) for subject, versions in _all_owned(found).items() for version in versions}
    for change in found.history.answered:
        if (change.subject, change.version) not in committed:
            yield f"{change.subject} version {change.version} ({change.kind}) was answered and is nowhere"
    stored = found.owned["receipt"]
    yield from (f"receipt {receipt} was answered and is nowhere" for receipt in _missing(found.receipts, stored))


def committed_changes_are_on_their_topics(found: Evidence) -> Iterable[str]:
    """Each committed version stands on its topic, and on the fence where it has a place there: dated by the broker."""
    told, fenced = _versions(_believable(found, found.events)), _versions(_believable(found, found.fence))
    gone = _versions(record for record in _believable(found, found.events) if _may_have_gone(found, record))
    for subject, versions in _all_owned(found).items():
        for version in versions:
            if version not in told.get(subject, ()):
                yield f"{subject} version {version} was committed and is on no topic"
            # What was there before the log began may have left the fence.
            on_fence = fenced.get(subject, set()) | gone.get(subject, set())
            if subject.startswith(_FENCED) and version > min(versions) and version not in on_fence:
                yield f"{subject} version {version} was committed and is not on the fence"
    yield from (f"{count} events wait in the outbox of {service}" for service, count in found.outbox.items() if count)


def nothing_appears_that_was_not_committed(found: Evidence) -> Iterable[str]:
    """Neither on a topic nor in a projection is a version that its owner never committed."""
    owned = _all_owned(found)
    for where, appeared in _appearances(found):
        for subject, versions in appeared.items():
            if not subject.startswith(tuple(_kind(table) for table in OWNED)):
                continue
            committed = owned.get(subject, ())
            for version in set(versions).difference(committed):
                # The log begins with what was there already.
                if not committed or version > min(committed):
                    yield f"{where} tells of {subject} version {version}, which was never committed"


def versions_only_grow(found: Evidence) -> Iterable[str]:
    """In no projection was a version followed by an older one, or by itself."""
    for table in PROJECTED:
        for subject, versions in found.projected[table.name].items():
            if any(later <= earlier for earlier, later in pairwise(versions)):
                yield f"{table.service}.{table.name} had {subject} at versions {list(versions)}, in this order"


def projections_equal_their_owners(found: Evidence) -> Iterable[str]:
    """Row by row, once all has come to rest."""
    yield from (line for lines in found.differing_rows.values() for line in lines)


def a_replay_gives_the_same_rows(found: Evidence) -> Iterable[str]:
    """The topics from the first record on, into an empty database, make what is there."""
    yield from (line for lines in found.replayed_rows.values() for line in lines)


def nothing_withdrawn_is_taken(found: Evidence) -> Iterable[str]:
    """From a change's answer on, no process takes what it withdrew; and what was refused once is refused for ever."""
    yield from found.history.violations


def one_brokers_death_stops_no_request(found: Evidence) -> Iterable[str]:
    """While nothing but one broker was away, the bystander got what it asked for."""
    for request in found.history.requests:
        during = any(request.sent_at < ended and request.answered_at > began for began, ended in found.broker_deaths)
        if during and not request.went_well:
            seconds = request.answered_at - request.sent_at
            yield f"{request.what} at {request.sent_at:.2f} was answered {request.status} after {seconds:.2f} s"


def effects_with_an_inbox_happen_once(found: Evidence) -> Iterable[str]:
    """Each receipt that was stored was counted, and once."""
    times = Counter(found.counted)
    yield from (f"receipt {receipt} was counted {count} times" for receipt, count in times.items() if count > 1)
    stored = {subject.removeprefix("receipt/") for subject in found.owned["receipt"]}
    yield from (f"receipt {receipt} was stored and not counted" for receipt in stored.difference(times))
    yield from (f"receipt {receipt} was counted and not stored" for receipt in set(times).difference(stored))


def dead_letters_are_the_planted_poison(found: Evidence) -> Iterable[str]:
    """Each planted record, once for each group that reads its topic, and nothing else. Twice is no harm.

    While a topic leaves the time to the producer, what stands there is refused; then it is told again.
    """
    undated = {record.place for record in found.events if not record.dated_by_broker}
    wanted = {(place, group): kind for place, kind in found.planted.items() for group in found.readers[place[0]]}
    letters: dict[tuple[Place, str], str] = {}
    for letter in found.dead:
        told = letter.headers
        place = (told["dead-topic"], int(told["dead-partition"]), int(told["dead-offset"]))
        letters[place, told["dead-group"]] = told["dead-reason"]
    for (place, group), kind in wanted.items():
        for noted in (letters, found.dead_rows):
            if (place, group) not in noted:
                yield f"poison ({kind}) at {place} is no dead letter of {group}"
    for (place, group), reason in [*letters.items(), *found.dead_rows.items()]:
        if (place, group) not in wanted and place not in undated:
            yield f"{place} is a dead letter of {group} ({reason}), and nobody planted it"


def no_answer_was_odd(found: Evidence) -> Iterable[str]:
    """Orders that were right were carried out, or not known to be: never refused."""
    yield from found.history.odd


def no_good_token_is_refused_without_a_cause(found: Evidence) -> Iterable[str]:
    """A token that nothing took back is good until it ends, unless records of the fence went after it was given."""
    for renewal in found.history.renewals:
        if not any(renewal.given_at < harm.ended and renewal.refused_at > harm.began for harm in found.fence_harms):
            yield f"the token {renewal.whose} from {renewal.given_at:.2f} was refused at {renewal.refused_at:.2f}"


def no_secret_is_in_a_log(found: Evidence) -> Iterable[str]:
    """Whatever happened, no log tells a password, a secret or a token."""
    yield from (f"{file}: {what}" for file, what in found.leaked.items())


def everybody_acted_to_the_end(found: Evidence) -> Iterable[str]:
    """Those who asked did not break down, and did ask."""
    yield from found.failures
    if not (found.history.promises and found.history.requests and found.history.answered):
        yield "hardly anything was asked"


CHECKS: Final[tuple[Check, ...]] = (
    answered_changes_are_in_every_projection,
    answered_changes_were_committed,
    committed_changes_are_on_their_topics,
    nothing_appears_that_was_not_committed,
    versions_only_grow,
    projections_equal_their_owners,
    a_replay_gives_the_same_rows,
    nothing_withdrawn_is_taken,
    one_brokers_death_stops_no_request,
    effects_with_an_inbox_happen_once,
    dead_letters_are_the_planted_poison,
    no_answer_was_odd,
    no_good_token_is_refused_without_a_cause,
    no_secret_is_in_a_log,
    everybody_acted_to_the_end,
)


def broken(found: Evidence) -> dict[str, list[str]]:
    """The checks that failed, by their names, each with its lines."""
    results = {check.__name__: list(check(found)) for check in CHECKS}
    return {name: lines for name, lines in results.items() if lines}


def _kind(table: Table) -> str:
    """How subjects of a table's rows begin: the first literal of its SQL."""
    return table.subject.split("'")[1]


def _all_owned(found: Evidence) -> Versions:
    return {subject: versions for table in OWNED for subject, versions in found.owned[table.name].items()}


def _genuine(found: Evidence, records: Sequence[Found]) -> Iterable[Found]:
    return (record for record in records if record.place not in found.planted)


def _believable(found: Evidence, records: Sequence[Found]) -> Iterable[Found]:
    return (record for record in _genuine(found, records) if record.dated_by_broker)


def _may_have_gone(found: Evidence, event: Found) -> bool:
    """Whether what was told on the fence beside an event may have gone with it unread."""
    unread = (harm.unread for harm in found.fence_harms if harm.unread)
    return any(began - _BESIDE <= event.appended_at <= ended + _BESIDE for began, ended in unread)


def _versions(records: Iterable[Found]) -> dict[str, set[int]]:
    told: dict[str, set[int]] = {}
    for record in records:
        if record.version:
            told.setdefault(_told_subject(record), set()).add(record.version)
    return told


def _told_subject(record: Found) -> str:
    """A fence record names its subject in its data."""
    content = record.data()
    named = content.get("subject") if isinstance(content, dict) else None
    return named if isinstance(named, str) else record.subject


def _appearances(found: Evidence) -> Iterable[tuple[str, Mapping[str, Iterable[int]]]]:
    yield "a topic", _versions(_genuine(found, found.events))
    yield "the fence", _versions(_genuine(found, found.fence))
    for table in PROJECTED:
        yield f"{table.service}.{table.name}", found.projected[table.name]


def _missing(receipts: Sequence[str], stored: Versions) -> list[str]:
    return [receipt for receipt in receipts if f"receipt/{receipt}" not in stored]
