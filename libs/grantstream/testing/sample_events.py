"""Valid events to test with, each about a new subject; any field can be given."""

import uuid
from datetime import UTC, datetime
from typing import Any, Final

from grantstream.contracts.events.registration import AppDisabled, AppEnabled, AppModified, AppRegistered, Visibility

_MADE: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def app_registered(**fields: Any) -> AppRegistered:
    """A new application, in version 1."""
    return AppRegistered(**_app() | fields)


def app_modified(**fields: Any) -> AppModified:
    """An application after a change, in version 2."""
    return AppModified(**_app() | {"version": 2} | fields)


def app_enabled(**fields: Any) -> AppEnabled:
    """A company enabled an application."""
    return AppEnabled(**_enablement() | {"enabled": True} | fields)


def app_disabled(**fields: Any) -> AppDisabled:
    """A company disabled an application, in version 2."""
    return AppDisabled(**_enablement() | {"enabled": False, "version": 2} | fields)


def _app() -> dict[str, Any]:
    return {
        "app_id": str(uuid.uuid4()),
        "version": 1,
        "company_id": "company",
        "company_domain": "example.com",
        "name": "Expense Wizard",
        "description": "",
        "active": True,
        "visibility": Visibility.PRIVATE,
        "apis": (),
        "sensitive_data_groups": (),
        "scopes": (),
        "allowed_grants": (),
        "redirect_uris": (),
        "environment": "test",
        "secrets": (),
        "created_at": _MADE,
        "updated_at": _MADE,
    }


def _enablement() -> dict[str, Any]:
    return {"app_id": str(uuid.uuid4()), "company_id": str(uuid.uuid4()), "version": 1, "updated_at": _MADE}
