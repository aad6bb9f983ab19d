"""405 instead of 404 for an address that exists, with all of its methods in `Allow` (RFC 9110, section 15.5.6)."""

from collections.abc import Iterable
from typing import Final

from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from grantstream.service.problems import Problem

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def with_allowed_methods(
    problem: Problem, scope: Scope, routes: Iterable[BaseRoute], hot_methods: frozenset[str]
) -> Problem:
    """A 405 with all methods, if `problem` says that no route matched and the address exists; else `problem`.

    The framework's router does not know the hot endpoints; and its 405 lacks the methods of later routes.
    """
    unrouted = problem.status == 405 or (problem.status == 404 and "route" not in scope)
    if not unrouted:
        return problem
    routes = list(routes)
    allowed = [method for method in _METHODS if method in hot_methods or _takes(routes, scope, method)]
    if not allowed or scope["method"] in allowed:
        return problem
    headers = {"Allow": ", ".join(allowed)}
    return Problem(405, "method_not_allowed", "This method is not for this address.", headers=headers)


def _takes(routes: Iterable[BaseRoute], scope: Scope, method: str) -> bool:
    asked = {**scope, "method": method}
    return any(route.matches(asked)[0] is Match.FULL for route in routes)
