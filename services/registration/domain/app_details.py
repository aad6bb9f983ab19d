"""The details of an application that its owner sets, and their rules.

The fields are those of two documents: App Registration & Management page, Manage Your Client Application page.
"""

from collections.abc import Container, Iterator
from typing import Final

from grantstream.contracts.events.registration import AppState
from grantstream.contracts.grants import GrantType
from grantstream.contracts.invalid_input import Fault
from grantstream.contracts.scope_catalogue import CATALOGUE as SCOPES
from services.registration.domain import api_catalogue, redirect_uri

NAME_LIMIT: Final = 100
DESCRIPTION_LIMIT: Final = 2000
REDIRECT_URI_COUNT: Final = 20
ENVIRONMENTS: Final = ("development", "test", "production", "prod")
"""The stages of the current tool, and `prod` as on the Manage Your Client Application page."""
_GRANTS: Final = frozenset(GrantType)


def faults_of_details(state: AppState) -> Iterator[Fault]:
    """Every rule that the owner's fields break. They are not the contract's: rules may become stricter later."""
    yield from _faults_of_name(state.name)
    yield from _faults_of_text("/description", state.description, DESCRIPTION_LIMIT, also_allowed="\n\r\t")
    yield from _faults_of_repetition("/apis", state.apis)
    yield from _faults_of_repetition("/sensitiveDataGroups", state.sensitive_data_groups)
    yield from api_catalogue.faults_of_choice(state.apis, state.sensitive_data_groups)
    yield from _faults_of_names("/scopes", state.scopes, SCOPES, "is not a known scope")
    yield from _faults_of_names("/allowedGrants", state.allowed_grants, _GRANTS, "is not a known grant type")
    yield from _faults_of_redirect_uris(state.redirect_uris)
    if state.environment not in ENVIRONMENTS:
        yield Fault("/environment", f"is none of {', '.join(ENVIRONMENTS)}")


def _faults_of_name(name: str) -> Iterator[Fault]:
    if not name.strip():
        yield Fault("/name", "is empty")
    yield from _faults_of_text("/name", name, NAME_LIMIT)


def _faults_of_text(pointer: str, text: str, limit: int, also_allowed: str = "") -> Iterator[Fault]:
    if len(text) > limit:
        yield Fault(pointer, f"is longer than {limit} characters")
    if any(_is_refused(character) and character not in also_allowed for character in text):
        yield Fault(pointer, "contains a control character")


def _is_refused(character: str) -> bool:
    # PostgreSQL stores no NUL, UTF-8 has no lone surrogates, and other control characters can disguise names.
    return character < " " or "\x7f" <= character <= "\x9f" or "\ud800" <= character <= "\udfff"


def _faults_of_repetition(pointer: str, names: tuple[str, ...]) -> Iterator[Fault]:
    if len(set(names)) != len(names):
        yield Fault(pointer, "names something twice")


def _faults_of_names(pointer: str, names: tuple[str, ...], known: Container[str], reason: str) -> Iterator[Fault]:
    yield from _faults_of_repetition(pointer, names)
    for index, name in enumerate(names):
        if name not in known:
            yield Fault(f"{pointer}/{index}", reason)


def _faults_of_redirect_uris(uris: tuple[str, ...]) -> Iterator[Fault]:
    if len(uris) > REDIRECT_URI_COUNT:
        yield Fault("/redirectUris", f"has more than {REDIRECT_URI_COUNT} entries")
    yield from _faults_of_repetition("/redirectUris", uris)
    for index, uri in enumerate(uris):
        if reason := redirect_uri.fault_of(uri):
            yield Fault(f"/redirectUris/{index}", reason)
