"""The permissions that a user can hold (the `roles` claim of RFC 9068, section 2.2.3.1)."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """A permission of a user within that user's company; `REVIEW_STAFF` only in the platform's own company."""

    WEB_SERVICES_ADMINISTRATOR = "web_services_administrator"
    ADMINISTRATOR = "administrator"
    DEVELOPER = "developer"
    REVIEW_STAFF = "review_staff"


ADMINISTRATORS: Final = frozenset({Role.WEB_SERVICES_ADMINISTRATOR, Role.ADMINISTRATOR})
"""Roles that may enable and disable applications for the user's company."""
