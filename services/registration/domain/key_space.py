"""An application's key space: the subjects whose events it may publish; the platform's staff assign it."""

from collections.abc import Iterable, Iterator
from typing import Final

from grantstream.contracts.invalid_input import Fault
from grantstream.contracts.subjects import LONGEST_ID

POINTER: Final = "/keySpace"
MOST_ENTRIES: Final = 100
MOST_CHARACTERS: Final = 3_000
KINDS: Final = ("app", "enablement", "secret", "company", "user", "grant", "token", "usage", "receipt")
"""The kinds of subjects of an application's events. Not signing keys: a publisher of keys could forge any token."""

_LONGEST: Final = 2 * LONGEST_ID + 20
"""The longest kind, two ids, and the slashes between them."""


def faults_of_key_space(entries: tuple[str, ...]) -> Iterator[Fault]:
    """All rules that a key space breaks. An entry is a whole subject, or a subject's beginning with a `*`."""
    if len(entries) > MOST_ENTRIES:
        yield Fault(POINTER, f"has more than {MOST_ENTRIES} entries")
    if sum(map(len, entries)) > MOST_CHARACTERS:
        yield Fault(POINTER, f"has more than {MOST_CHARACTERS:,} characters, and a token must hold it")
    if len(set(entries)) != len(entries):
        yield Fault(POINTER, "names something twice")
    for index, entry in enumerate(entries):
        if reason := _fault_of(entry):
            yield Fault(f"{POINTER}/{index}", reason)


def is_narrower(after: Iterable[str], before: Iterable[str]) -> bool:
    """Whether a change removes subjects."""
    kept = tuple(after)
    return not all(any(_covers(one, entry) for one in kept) for entry in before)


def _covers(one: str, other: str) -> bool:
    """Whether `one` contains all subjects of `other`."""
    if one.endswith("*"):
        return other.removesuffix("*").startswith(one[:-1])
    return one == other


def _fault_of(entry: str) -> str | None:
    kind, slash, rest = entry.partition("/")
    if kind not in KINDS or not slash or not rest:
        return f"is not one of {', '.join(KINDS)}, a slash, and an id or the beginning of one with *"
    if len(entry) > _LONGEST or not entry.isascii() or not entry.isprintable() or " " in entry:
        return "is too long, or has a character that no id has"
    if "*" in entry[:-1]:
        return "has a * that is not at its end"
    return None
