"""The errors of registration, each with a stable code.

    RegistrationError
    +-- NotAllowed            the caller lacks a right
    |   +-- NotDevelopmentPartner
    |   +-- StaffAssignedScopes
    |   +-- StaffOnlyFields
    |   +-- UnknownCaller
    +-- NotFound              no such object, or another company's
    +-- Conflict              the state of the object does not allow it
    |   +-- AppNotAvailable
    |   +-- ReviewNotComplete
    |   +-- TooManySecrets
    |   +-- SecretStillActive
    +-- StaleVersion          If-Match names another version than the present one

For input that breaks a rule there is `grantstream.contracts.invalid_input.InvalidInput`. The message is public; it
never holds a value that a caller sent. `entrypoints/api/problems.py` has the HTTP statuses.
"""

from collections.abc import Iterable
from typing import ClassVar


class RegistrationError(Exception):
    """A refused request. `code` is stable; the message is public."""

    code: ClassVar[str]
    title: ClassVar[str]

    def extra(self) -> dict[str, object]:
        """Additional members of the problem document."""
        return {}


class NotAllowed(RegistrationError):
    """The caller may not do this."""

    code = "not_allowed"
    title = "Not allowed"


class NotDevelopmentPartner(NotAllowed):
    """Only Development Partners register and manage applications (App Registration & Management page)."""

    code = "not_development_partner"
    title = "The company is not a Development Partner"

    def __init__(self) -> None:
        super().__init__("Only a company that is a Development Partner may register and manage applications.")


class StaffAssignedScopes(NotAllowed):
    """Scopes that only the platform's staff assign."""

    code = "scopes_assigned_by_staff"
    title = "Scopes that only the platform's staff assign"

    def __init__(self, scopes: Iterable[str]) -> None:
        self.scopes = sorted(scopes)
        super().__init__(f"Only the platform's staff assign {', '.join(self.scopes)}.")

    def extra(self) -> dict[str, object]:
        """`scopes`: the refused ones."""
        return {"scopes": self.scopes}


class StaffOnlyFields(NotAllowed):
    """Fields that this caller may not set: some are the staff's, the others the partner's.

    The constructor takes the contract's names; the message has the body's names.
    """

    code = "fields_not_allowed"
    title = "Fields that this caller may not set"

    def __init__(self, fields: Iterable[str], *, staff: bool) -> None:
        self.fields = sorted(map(_in_the_body, fields))
        who = "The platform's staff may not set" if staff else "Only the platform's staff may set"
        super().__init__(f"{who} {', '.join(self.fields)}.")

    def extra(self) -> dict[str, object]:
        """`fields`: the refused ones."""
        return {"fields": self.fields}


def _in_the_body(field: str) -> str:
    first, *others = field.split("_")
    return first + "".join(map(str.capitalize, others))


class UnknownCaller(NotAllowed):
    """The token's company is not known to registration, or its user is unknown or no longer active."""

    code = "caller_unknown"
    title = "The caller is not known"

    def __init__(self) -> None:
        super().__init__("The token's user or company is unknown or no longer active.")


class NotFound(RegistrationError):
    """No such object, or another company's: the answer is the same, so that ids can't be probed."""

    code = "not_found"
    title = "Not found"

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.")


class Conflict(RegistrationError):
    """The object's state does not allow this."""

    code = "conflict"
    title = "The present state does not allow this"


class AppNotAvailable(Conflict):
    """An application that is not active, or that staff suspended, can't be enabled."""

    code = "app_not_available"
    title = "The application is not available"

    def __init__(self) -> None:
        super().__init__("The application is not active, or suspended, so it can't be enabled.")


class ReviewNotComplete(Conflict):
    """Visibility stays Private until the review is complete (App Registration & Management page)."""

    code = "review_not_complete"
    title = "The review is not complete"

    def __init__(self) -> None:
        super().__init__("An application stays private until its review is complete.")


class TooManySecrets(Conflict):
    """One more secret would be active than allowed."""

    code = "too_many_secrets"
    title = "Too many active secrets"

    def __init__(self, limit: int) -> None:
        super().__init__(f"An application has at most {limit} active secrets; end one of them first.")


class SecretStillActive(Conflict):
    """A secret is deleted only once it is inactive."""

    code = "secret_active"
    title = "The secret is active"

    def __init__(self) -> None:
        super().__init__("A secret must be inactive before it can be deleted.")


class StaleVersion(RegistrationError):
    """The object was changed after the caller had read it (RFC 9110, section 13.1.1)."""

    code = "version_stale"
    title = "The object has changed"

    def __init__(self) -> None:
        super().__init__("If-Match does not name the present version; read the object again.")
