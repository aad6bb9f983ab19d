"""The algebra of scopes: parsing, implication, narrowing (RFC 6749, section 3.3; scope rules of the platform).

A scope limits an application; it never adds a right. `write` implies `read` and `writeonly`, `readwrite` likewise;
nothing else implies anything.
"""

import re
from collections.abc import Iterable
from typing import Final

_SCOPE_TOKEN: Final = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")
_BOTH_WAYS: Final = ("write", "readwrite")
_WRITE_WITHOUT_READ: Final = frozenset({"purchaserequest.write"})
"""Scopes whose own description says that they only write, whatever their action is called."""


def parse_scope(value: str) -> tuple[str, ...]:
    """The scopes named by a `scope` parameter or claim, in order, each once.

    Delimited by spaces (RFC 6749, section 3.3); commas, which some clients use, are taken as spaces.
    Raises ValueError for a character that no scope may contain.
    """
    names = dict.fromkeys(value.replace(",", " ").split(" "))
    names.pop("", None)
    for name in names:
        if not _SCOPE_TOKEN.fullmatch(name):
            raise ValueError("a scope contains a character that RFC 6749 does not allow")
    return tuple(names)


def implied_by(scope: str) -> frozenset[str]:
    """`scope` and every scope that it implies."""
    resource, dot, action = scope.rpartition(".")
    if not dot or action not in _BOTH_WAYS:
        return frozenset({scope})
    if scope in _WRITE_WITHOUT_READ:
        return frozenset({scope, f"{resource}.writeonly"})
    return frozenset({scope, f"{resource}.read", f"{resource}.writeonly"})


def closure(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes and every scope that they imply."""
    return frozenset().union(*map(implied_by, scopes))


def allows(held: Iterable[str], wanted: str) -> bool:
    """Whether the scopes `held` give `wanted`, directly or by implication."""
    scopes = frozenset(held)
    return wanted in scopes or any(wanted in implied_by(scope) for scope in scopes)


def narrow(granted: Iterable[str], requested: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Splits a request into (what may be given, what exceeds `granted`), both in the order of the request."""
    available = closure(granted)
    wanted = tuple(dict.fromkeys(requested))
    return tuple(s for s in wanted if s in available), tuple(s for s in wanted if s not in available)
