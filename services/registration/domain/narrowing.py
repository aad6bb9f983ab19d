"""The tokens that a change of an application voids."""

from collections.abc import Iterable

from grantstream.contracts.scope_catalogue import is_event_scope
from grantstream.contracts.scopes import closure
from grantstream.contracts.void import VoidBelow
from services.registration.domain.key_space import is_narrower


def bounds_of_narrowing(
    *,
    scopes: tuple[Iterable[str], Iterable[str]],
    grants: tuple[Iterable[str], Iterable[str]],
    key_spaces: tuple[Iterable[str], Iterable[str]],
    ends_all: bool,
    version: int,
) -> VoidBelow:
    """The bounds that a change raises; each pair is (before, after), `version` the version after the change.

    A token may have a narrower scope than the application, so all implied scopes count: removing `receipts.write` also
    voids tokens with `receipts.read`, unless another scope implies that. A narrower key space voids all tokens with
    event scopes, because they name the wider one.
    """
    lost_scopes = closure(scopes[0]) - closure(scopes[1])
    if is_narrower(key_spaces[1], key_spaces[0]):
        lost_scopes |= {scope for scope in closure(scopes[0]) if is_event_scope(scope)}
    lost_grants = set(grants[0]) - set(grants[1])
    return VoidBelow(
        version=version if ends_all else 0,
        scopes=dict.fromkeys(sorted(lost_scopes), version),
        grants=dict.fromkeys(sorted(lost_grants), version),
    )
