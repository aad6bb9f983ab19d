"""The details of an application that its owner sets, and their rules.

The fields are those of two documents: App Registration & Management page, Manage Your Client Application page.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Final

from grantstream.contracts.grants import GrantType
from grantstream.contracts.invalid_input import Fault, InvalidInput
from grantstream.contracts.scope_catalogue import CATALOGUE as SCOPES
from services.registration.domain import api_catalogue, redirect_uri

NAME_LIMIT: Final = 100
DESCRIPTION_LIMIT: Final = 2000
REDIRECT_URI_COUNT: Final = 20
ENVIRONMENTS: Final = ("development", "test", "production", "prod")
"""The stages of the current tool, and `prod` as on the Manage Your Client Application page."""
_GRANTS: Final = frozenset(GrantType)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppDetails:
    """Name, purpose, and requested rights."""

    name: str
    description: str = ""
    active: bool = True
    apis: tuple[str, ...] = ()
    sensitive_data_groups: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    allowed_grants: tuple[str, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    environment: str = "prod"

    def check(self) -> None:
        """Raises InvalidInput with all broken rules.

        The constructor does not check, so stored applications stay readable when the rules become stricter.
        """
        if faults := list(self._faults()):
            raise InvalidInput(*faults)

    def _faults(self) -> Iterator[Fault]:
        yield from _faults_of_name(self.name)
        yield from _faults_of_text("/description", self.description, DESCRIPTION_LIMIT, also_allowed="\n\r\t")
        yield from _faults_of_repetition("/apis", self.apis)
        yield from _faults_of_repetition("/sensitiveDataGroups", self.sensitive_data_groups)
        yield from api_catalogue.faults_of_choice(self.apis, self.sensitive_data_groups)
        yield from _faults_of_names("/scopes", self.scopes, SCOPES, "is not a known scope")
        yield from _faults_of_names("/allowedGrants", self.allowed_grants, _GRANTS, "is not a known grant type")
        yield from _faults_of_redirect_uris(self.redirect_uris)
        if self.environment not in ENVIRONMENTS:
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
