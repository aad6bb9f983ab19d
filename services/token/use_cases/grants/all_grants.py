"""The grants that exist here. One that is added has a file of its own, and a line in this register."""

from collections.abc import Mapping

from grantstream.contracts.grants import GrantType
from services.token.use_cases.current_rows import CurrentRows
from services.token.use_cases.grants.client_credentials import ClientCredentialsGrant
from services.token.use_cases.grants.grant import Grant
from services.token.use_cases.grants.password import PasswordGrant
from services.token.use_cases.grants.refresh_token import RefreshTokenGrant
from services.token.use_cases.refresh_families import RefreshFamilies
from services.token.use_cases.sign_in import SignIn


def all_grants(rows: CurrentRows, sign_in: SignIn, families: RefreshFamilies) -> Mapping[GrantType, Grant]:
    """Each grant by its type."""
    return {
        GrantType.CLIENT_CREDENTIALS: ClientCredentialsGrant(),
        GrantType.PASSWORD: PasswordGrant(sign_in, rows, families),
        GrantType.REFRESH_TOKEN: RefreshTokenGrant(rows, families),
    }
