"""Bad input, with the places that break a rule: one error for the domain of every service."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One place of an input that breaks a rule, and the reason, which never repeats a value.

    `pointer` is a JSON pointer into the body (RFC 6901), or `query/` and the name of a parameter.
    """

    pointer: str
    reason: str


class InvalidInput(Exception):
    """The input breaks one rule or more. The message may be shown to strangers."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.pointer} {fault.reason}" for fault in faults))
        self.faults: Sequence[Fault] = faults
