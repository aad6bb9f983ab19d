"""Who may assign and remove which role.

`use_cases/callers.py` ensures that administrators act only in their own company.
"""

from collections.abc import Collection

from grantstream.contracts.invalid_input import Fault, InvalidInput
from grantstream.contracts.roles import ADMINISTRATORS, Role
from services.token.domain.company import Company
from services.token.errors import Forbidden

MAY_ADMINISTER_USERS = ADMINISTRATORS | {Role.REVIEW_STAFF}
"""The roles that may administer users: a company's administrators, and staff in the platform's own company."""


def check_role_change(
    *, by: Collection[str], company: Company, before: frozenset[Role], after: frozenset[Role]
) -> None:
    """Raises Forbidden or InvalidInput if a caller with the roles `by` may not make this change to a user of `company`.

    `before` and `after` are the user's roles. Only staff may change a member of the staff in any way: otherwise a
    caller could set their password and act as them.
    """
    if Role.REVIEW_STAFF not in before | after:
        return
    if Role.REVIEW_STAFF not in by:
        raise Forbidden("only the platform's staff change members of the staff")
    if Role.REVIEW_STAFF in after and not company.is_platform:
        raise InvalidInput(Fault("/roles", "review_staff is for users of the platform's own company"))
