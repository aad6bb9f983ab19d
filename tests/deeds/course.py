"""One deed from its preparation to its healing, with what everybody does and sees meanwhile.

before      something is withdrawn, all is well
the deed
during      users act, withdrawn things are tried, readiness and the doctor are asked
restarted   every process is ended and started, and the same again
undone      the cause is taken away, or the documented command is run; is everything served again?
after       users act again, projections are compared with their owners, receipts are counted
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from grantstream.contracts.topics import APP_DISABLED
from tests.chaos import rows
from tests.chaos.version_log import PROJECTED, fetch
from tests.deeds.catalogue import READERS, Deed
from tests.deeds.ground import SERVICES, Ground, Readiness
from tests.deeds.users import Act, Users

_SINKS_IN: Final = 7.0
"""Clients look for what changed about topics every 5 s."""
_STARTS_WITHIN: Final = 40.0
_HEALS_WITHIN: Final = 60.0
_AGREES_WITHIN: Final = 20.0
_POLL: Final = 1.0


@dataclass(slots=True)
class Course:
    """What happened. By when it was: `acts` and what readiness (`complaints`) and the doctor (`findings`) said."""

    deed: Deed
    acts: dict[str, list[Act]] = field(default_factory=dict)
    complaints: dict[str, Readiness] = field(default_factory=dict)
    findings: dict[str, list[str]] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    deaths: Counter[str] = field(default_factory=Counter)
    renewals: int = 0
    """How often a token that nothing took back was refused, and another one was good."""
    logged: list[str] = field(default_factory=list)
    """What processes logged as a warning or worse since the deed, each thing once."""
    unhealed: str = ""
    """What is not served when the cause is gone; nothing if all is."""
    healed_by_restart: bool = False
    seconds: float = 0.0


def take(ground: Ground, deed: Deed) -> Course:
    """Does a deed to a platform that is well, and follows it to its end."""
    began, course, users = time.monotonic(), Course(deed), Users(ground)
    users.prepare()
    ground.deaths.clear()
    ground.forget_logs()
    try:
        _strike(ground, deed, users, course)
        _look(ground, course, users, "during", with_keys=True)
        course.complaints["restarted"] = ground.restart(_STARTS_WITHIN)
        _look(ground, course, users, "restarted", with_keys=False)
        _undo(ground, deed, users, course)
        if not course.unhealed:
            course.acts["after"] = users.round("after", with_keys=True)
            users.try_all_unsettled()
            course.losses = _losses(ground, users)
        course.findings["after"] = ground.doctor()
    finally:
        users.close()
    course.violations, course.renewals = users.violations, users.renewals
    course.logged = ground.logged()
    course.deaths = Counter(ground.deaths)
    course.seconds = time.monotonic() - began
    return course


def _strike(ground: Ground, deed: Deed, users: Users, course: Course) -> None:
    if deed.poisons:
        users.plant_poison(APP_DISABLED.name)
    if deed.readers_down:
        ground.stop(*READERS)
        course.acts["unread"] = [users.disable("while its readers were down"), users.post()]
    deed.strike(ground)
    if deed.readers_down:
        ground.start(*READERS)
    if deed.poisons:
        users.plant_poison(APP_DISABLED.name)
    deadline, seen = time.monotonic() + _SINKS_IN, {}
    while time.monotonic() < deadline:
        ground.revive()
        seen.update(ground.readiness())
        time.sleep(_POLL)
    course.complaints["at once"] = seen


def _look(ground: Ground, course: Course, users: Users, when: str, *, with_keys: bool) -> None:
    course.acts[when] = users.round(when, with_keys=with_keys)
    ground.revive()
    course.complaints[when] = ground.readiness()
    course.findings[when] = ground.doctor()


def _undo(ground: Ground, deed: Deed, users: Users, course: Course) -> None:
    if deed.undo is not None:
        deed.undo(ground)
    course.unhealed = _until_served(ground, users)
    if course.unhealed:
        course.complaints["undone"] = ground.readiness()
        ground.restart(_STARTS_WITHIN)
        course.healed_by_restart = not _until_served(ground, users)
        if course.healed_by_restart:
            users.try_all_withdrawn("after it had healed by a restart")
            users.try_all_unsettled()
            course.losses = _losses(ground, users)


def _until_served(ground: Ground, users: Users) -> str:
    """What is not served yet after the time in which it should be; nothing as soon as all is."""
    deadline = time.monotonic() + _HEALS_WITHIN
    while True:
        complaints = ground.until_ready(max(0.0, deadline - time.monotonic()))
        missing = "; ".join(f"{role}: {why}" for role, why in complaints.items()) or users.is_served()
        if not missing or time.monotonic() > deadline:
            return missing
        ground.revive()
        time.sleep(_POLL)


def _losses(ground: Ground, users: Users) -> list[str]:
    """What is still wrong about the data once there was time enough for it to come right."""
    deadline = time.monotonic() + _AGREES_WITHIN
    while (found := asyncio.run(_wrong_data(ground, users))) and time.monotonic() < deadline:
        time.sleep(_POLL)
    return found


async def _wrong_data(ground: Ground, users: Users) -> list[str]:
    dsns = {service: ground.dsn(service) for service in SERVICES}
    wrong = [line for table in PROJECTED for line in await rows.differences_from_owner(dsns, table)]
    counted = Counter(row["receipt_id"] for row in await fetch(ground.counting_dsn, "select receipt_id from counted"))
    wrong += [
        f"receipt {receipt} was counted {counted[receipt]} times" for receipt in users.stored if counted[receipt] != 1
    ]
    for service in SERVICES:
        [waiting] = await fetch(dsns[service], "select count(*) as rows from outbox")
        if waiting["rows"]:
            wrong.append(f"{waiting['rows']} events wait in the outbox of {service}")
    return wrong
