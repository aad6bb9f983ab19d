"""Which scopes and which audience a token gets.

A token has one audience and only scopes of it: no token has rights for both HTTP and events (RFC 8707, section 3).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from grantstream.contracts.claims import API_AUDIENCE, EVENTS_AUDIENCE
from grantstream.contracts.grants import GrantType
from grantstream.contracts.scope_catalogue import is_event_scope
from grantstream.contracts.scopes import narrow, parse_scope
from services.token import errors
from services.token.errors import TokenRequestDenied

_REMEMBERED: Final = 4096
_LONGEST_REMEMBERED: Final = 500
"""Longer `scope` parameters are not cached, so that clients can't fill our memory."""


@dataclass(frozen=True, slots=True)
class ScopeDecision:
    """The audience and the scopes of a token."""

    audience: str
    scopes: frozenset[str]


def decide_scopes(
    available: tuple[str, ...], *, requested: str | None, resource: str | None, grant_type: GrantType
) -> ScopeDecision:
    """Narrows `available` by the request's `scope` and `resource` parameters.

    Without `scope`: all of the audience. Without `resource`: the HTTP APIs, unless all scopes are event scopes.
    Raises TokenRequestDenied: 54 if more is asked for than available, 901 for an audience that cannot be given.
    """
    # Cached: applications repeat their requests every hour, and the decision depends only on these four.
    decide = _remembered if requested is None or len(requested) <= _LONGEST_REMEMBERED else _decide
    return decide(available, requested, resource, grant_type)


def _decide(
    available: tuple[str, ...], requested: str | None, resource: str | None, grant_type: GrantType
) -> ScopeDecision:
    wanted = _parsed(requested)
    audience = _audience(resource, wanted if wanted is not None else available)
    if audience == EVENTS_AUDIENCE and grant_type is not GrantType.CLIENT_CREDENTIALS:
        raise TokenRequestDenied(errors.TARGET_INVALID, "events are written by applications, never by users")
    of_audience = tuple(s for s in available if is_event_scope(s) == (audience == EVENTS_AUDIENCE))
    if wanted is None:
        given = of_audience
    else:
        given, exceeding = narrow(of_audience, wanted)
        if exceeding:
            raise TokenRequestDenied(errors.SCOPE_EXCEEDED, f"{len(exceeding)} scopes exceed")
    if not given and audience == EVENTS_AUDIENCE:
        raise TokenRequestDenied(errors.SCOPE_EXCEEDED, "no event scope is held")
    return ScopeDecision(audience, frozenset(given))


_remembered: Final = lru_cache(maxsize=_REMEMBERED)(_decide)


def _parsed(requested: str | None) -> tuple[str, ...] | None:
    if requested is None:
        return None
    try:
        return parse_scope(requested) or None
    except ValueError as error:
        raise TokenRequestDenied(errors.SCOPE_EXCEEDED, "a character that no scope has") from error


def _audience(resource: str | None, scopes: tuple[str, ...]) -> str:
    if resource is None:
        only_events = bool(scopes) and all(map(is_event_scope, scopes))
        return EVENTS_AUDIENCE if only_events else API_AUDIENCE
    if resource not in (API_AUDIENCE, EVENTS_AUDIENCE):
        raise TokenRequestDenied(errors.TARGET_INVALID, "an unknown resource")
    return resource
