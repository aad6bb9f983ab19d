"""A deed's course as a row for people, and as one line of JSON for whoever compares two runs."""

import json
from collections.abc import Iterable, Sequence
from typing import Final

from tests.deeds.course import Course
from tests.deeds.verdict import verdict

HEAD: Final = (
    "| topic | deed | verdict | what users got | readiness | doctor | wrong |\n|---|---|---|---|---|---|---|\n"
)
_SHOWN: Final = 4


def row(course: Course) -> str:
    """One row of a Markdown table."""
    cells = (
        course.deed.topic,
        course.deed.name,
        f"**{verdict(course)}**",
        "; ".join(f"_{when}_: {_acts(course, when)}" for when in course.acts),
        "; ".join(f"_{when}_: {_few(_roles(told))}" for when, told in course.complaints.items() if told) or "ready",
        "; ".join(f"_{when}_: {_few(told)}" for when, told in course.findings.items() if told) or "nothing",
        _few(_wrongs(course)),
    )
    return f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |\n"


def line(course: Course) -> str:
    """Everything, as one line of JSON."""
    return json.dumps(
        {
            "topic": course.deed.topic,
            "deed": course.deed.name,
            "verdict": verdict(course),
            "undone_by": course.deed.undone_by,
            "acts": {when: [str(act) for act in acts] for when, acts in course.acts.items()},
            "complaints": course.complaints,
            "findings": course.findings,
            "violations": course.violations,
            "losses": course.losses,
            "deaths": course.deaths,
            "renewals": course.renewals,
            "logged": course.logged,
            "unhealed": course.unhealed,
            "healed_by_restart": course.healed_by_restart,
            "seconds": round(course.seconds, 1),
        }
    )


def _acts(course: Course, when: str) -> str:
    acts = course.acts[when]
    failed = [str(act) for act in acts if not act.went_well]
    return ", ".join(failed) if failed else "all well"


def _wrongs(course: Course) -> list[str]:
    found = [*course.violations, *course.losses]
    if course.unhealed:
        end = "healed by a restart of all" if course.healed_by_restart else "not even by a restart of all"
        found.append(f"not served when the cause was gone: {course.unhealed}; {end}")
    if course.renewals:
        found.append(f"good tokens refused {course.renewals} times")
    if course.deaths:
        found.append("ended by themselves: " + ", ".join(f"{name} x{count}" for name, count in course.deaths.items()))
    return found


def _roles(told: Iterable[str] | dict[str, str]) -> list[str]:
    """Roles by what they complain of, those with the same complaint together."""
    by_complaint: dict[str, list[str]] = {}
    for role, complaint in dict(told).items():
        by_complaint.setdefault(complaint, []).append(role)
    return [f"{' '.join(roles)}: {complaint}" for complaint, roles in by_complaint.items()]


def _few(lines: Sequence[str]) -> str:
    more = f" (and {len(lines) - _SHOWN} more)" if len(lines) > _SHOWN else ""
    return "; ".join(lines[:_SHOWN]) + more
