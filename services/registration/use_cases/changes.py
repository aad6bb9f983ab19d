"""What answers wait for: a version of an application or of an enablement."""

from grantstream.contracts import subjects
from grantstream.service.effect import Change
from services.registration.domain.app import App
from services.registration.domain.enablement import Enablement


def change_of_app(app: App) -> Change:
    """An application as it is now."""
    return Change(subjects.app(app.app_id), app.version, app.updated_at)


def change_of_enablement(enablement: Enablement) -> Change:
    """An enablement as it is now."""
    subject = subjects.enablement(enablement.app_id, enablement.company_id)
    return Change(subject, enablement.version, enablement.updated_at)
