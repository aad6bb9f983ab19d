"""What registration knows of a user: a projection of the token service's `user.registered` and `user.modified`."""

from dataclasses import dataclass

from grantstream.contracts.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user with the roles held now, which may be more than those in a token issued earlier."""

    user_id: str
    version: int
    company_id: str
    roles: frozenset[Role]
    active: bool
