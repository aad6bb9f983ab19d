"""What became of a deed. Three things may; the fourth is a fault of the product."""

from typing import Final

from tests.deeds.course import Course

GOES_ON: Final = "goes on"
HEALS: Final = "refuses, heals"
COMMAND: Final = "refuses until"
FOURTH: Final = "FOURTH"


def verdict(course: Course) -> str:
    """In a few words; begins with one of the four."""
    if course.violations:
        return f"{FOURTH}: fails open"
    if course.unhealed and not course.healed_by_restart:
        return f"{FOURTH}: outage that does not heal"
    if course.losses:
        return f"{FOURTH}: loss"
    if course.unhealed:
        return f"{FOURTH}: heals only when all processes are restarted"
    if not _suffered(course):
        return GOES_ON
    if course.deed.by_command:
        return f"{COMMAND} {course.deed.undone_by}"
    return HEALS


def _suffered(course: Course) -> bool:
    failed = [act for acts in course.acts.values() for act in acts if not act.went_well]
    return bool(failed or any(course.complaints.values()))
