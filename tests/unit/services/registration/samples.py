"""Applications, details and secrets as tests need them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.registration.domain.app import App
from services.registration.domain.app_secrets import NewSecret

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


DETAILS: dict[str, Any] = {
    "name": "Harbour Taxi",
    "description": "",
    "active": True,
    "apis": (),
    "sensitive_data_groups": (),
    "scopes": ("receipts.writeonly", "openid"),
    "allowed_grants": ("client_credentials",),
    "redirect_uris": (),
    "environment": "prod",
}
"""Sound details."""


def app(**changes: Any) -> App:
    """An application that has just been registered, some of its details changed."""
    return App.register(
        DETAILS | changes,
        app_id="app-1",
        company_id="company-1",
        company_domain="taxi.example",
        secret=NewSecret("secret-1", "value-1"),
        now=START,
    )
