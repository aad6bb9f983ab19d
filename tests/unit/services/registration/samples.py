"""Applications, details and secrets as tests need them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.registration.domain.app import App
from services.registration.domain.app_details import AppDetails
from services.registration.domain.app_secrets import NewSecret

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def details(**changes: Any) -> AppDetails:
    """Sound details, some of them changed."""
    fields: dict[str, Any] = {
        "name": "Harbour Taxi",
        "scopes": ("receipts.writeonly", "openid"),
        "allowed_grants": ("client_credentials",),
    }
    return AppDetails(**(fields | changes))


def app(**changes: Any) -> App:
    """An application that has just been registered."""
    return App.register(
        "app-1",
        details(**changes),
        company_id="company-1",
        company_domain="taxi.example",
        secret=NewSecret("secret-1", "value-1"),
        now=START,
    )
