"""What answers wait for: a version of a user or of a company, or the end of a grant."""

from datetime import datetime

from grantstream.contracts import subjects
from grantstream.service.effect import Change
from services.token.domain.company import Company
from services.token.domain.user import User


def change_of_user(user: User) -> Change:
    """A user as it is now."""
    return Change(subjects.user(user.user_id), user.version, user.updated_at)


def change_of_company(company: Company) -> Change:
    """A company as it is now."""
    return Change(subjects.company(company.company_id), company.version, company.updated_at)


def end_of_grant(grant_id: str, now: datetime) -> Change:
    """Everything issued from a grant is void."""
    return Change(subjects.grant(grant_id), 1, now)
