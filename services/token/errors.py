"""The errors of the token service.

    TokenServiceError
    +-- TokenRequestDenied       an answer of the token endpoint; carries one entry of the register below
    +-- Unavailable              this can't be done now; a retry may help
    +-- LoginTaken               another user has the login
    +-- NotFound                 no such object, or it is another company's
    +-- Forbidden                the caller may not make this change
    +-- SignUpClosed             sandboxes are disabled
    +-- SignUpLimited            too many sandboxes in this minute
    +-- UnknownKey               there is no signing key of this name
    +-- KeyInUse                 the key signs and can't be ended; keys were rotated at the same time
    +-- NotEffective             a change of the signing keys is not in force everywhere in time; repeat the command
    +-- IssuerChanged            the database was made for another issuer; the process does not start

The numeric codes are those of the Authentication API (section 10.1); codes from 900 on are our own additions. `error`
is the code of RFC 6749, section 5.2 where that has one.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class TokenError:
    """One kind of refusal of the token endpoint. `description` is the public text."""

    code: int
    error: str
    description: str
    status: int = 400


INCORRECT_CREDENTIALS: Final = TokenError(5, "invalid_grant", "Incorrect credentials. Please Retry")
ACCOUNT_DISABLED: Final = TokenError(10, "invalid_grant", "Account is disabled. Please contact support")
ACCOUNT_LOCKED: Final = TokenError(14, "invalid_grant", "Account Locked. Please contact support")
USERNAME_MISSING: Final = TokenError(51, "invalid_request", "username was not supplied")
PASSWORD_MISSING: Final = TokenError(52, "invalid_request", "password was not supplied")
COMPANY_NOT_ENABLED: Final = TokenError(53, "invalid_client", "company is not enabled for this client", 403)
SCOPE_EXCEEDED: Final = TokenError(54, "invalid_scope", "requested scope exceeds granted scope")
CLIENT_DISABLED: Final = TokenError(59, "access_denied", "client disabled", 403)
GRANT_NOT_ALLOWED: Final = TokenError(60, "invalid_grant", "these are not the grants you are looking for")
GRANT_UNKNOWN: Final = TokenError(60, "unsupported_grant_type", "these are not the grants you are looking for")
CLIENT_NOT_FOUND: Final = TokenError(61, "invalid_client", "client not found", 401)
CLIENT_ID_MISSING: Final = TokenError(62, "invalid_request", "client_id was not supplied")
CLIENT_SECRET_MISSING: Final = TokenError(63, "invalid_request", "client_secret was not supplied")
CLIENT_CREDENTIALS_WRONG: Final = TokenError(64, "invalid_client", "Incorrect credentials. Please Retry", 401)
GRANT_TYPE_MISSING: Final = TokenError(65, "invalid_request", "grant_type was not supplied")
OTHER_CLIENTS_GRANT: Final = TokenError(105, "invalid_grant", "this grant was not issued to you!")
REFRESH_TOKEN_MISSING: Final = TokenError(106, "invalid_request", "refresh_token was not supplied")
REFRESH_DISALLOWED: Final = TokenError(107, "invalid_request", "refresh disallowed for app")
REFRESH_TOKEN_BAD: Final = TokenError(108, "invalid_grant", "bad or expired refresh token")
UNAUTHENTICATED_CLIENT: Final = TokenError(115, "invalid_request", "unauthenticated client will not be issued token!")
CREDTYPE_INVALID: Final = TokenError(120, "invalid_request", "credtype is invalid")
UNSUPPORTED_FORMAT: Final = TokenError(135, "invalid_request", "unsupported request format")
AUTHTOKEN_NOT_YOURS: Final = TokenError(136, "invalid_request", "Authtoken was not issued for you")
TEMPORARILY_UNAVAILABLE: Final = TokenError(
    900, "temporarily_unavailable", "the state of permissions is not certain at the moment; try again", 503
)
TARGET_INVALID: Final = TokenError(901, "invalid_target", "resource names no audience that this client can get")
"""RFC 8707, section 2."""
DPOP_PROOF_INVALID: Final = TokenError(
    903, "invalid_dpop_proof", "an event token needs one good DPoP proof of the key it is bound to"
)
"""RFC 9449, section 5."""
SERVER_ERROR: Final = TokenError(902, "server_error", "the request could not be completed", 500)


class TokenServiceError(Exception):
    """The token service refuses a request, or can't handle it."""


class TokenRequestDenied(TokenServiceError):
    """The token endpoint issues no token. `reason` is for the log; it holds no secret."""

    def __init__(self, error: TokenError, reason: str = "") -> None:
        super().__init__(reason or error.description)
        self.error = error
        self.reason = reason


class Unavailable(TokenServiceError):
    """The fence is not fresh, a row is outdated, or too many passwords wait. A retry may help."""


class LoginTaken(TokenServiceError):
    """Another user has the login."""


class NotFound(TokenServiceError):
    """No such object, or another company's: the answer is the same."""


class Forbidden(TokenServiceError):
    """The caller may not make this change. The message is public."""


class SignUpClosed(TokenServiceError):
    """Sandboxes are disabled."""


class SignUpLimited(TokenServiceError):
    """More sandboxes were requested in this minute than the limit allows."""


class UnknownKey(TokenServiceError):
    """There is no signing key of this name."""

    def __init__(self, kid: str) -> None:
        super().__init__(f"there is no signing key {kid}")


class KeyInUse(TokenServiceError):
    """The key signs, so that it can't be ended."""

    def __init__(self, kid: str) -> None:
        super().__init__(f"{kid} signs tokens; give the command again")


class NotEffective(TokenServiceError):
    """Some process does not confirm the change in time. The repeated command continues where it stopped."""


class IssuerChanged(TokenServiceError):
    """The database was made for another issuer than the settings name."""

    def __init__(self, bound: str, asked: str) -> None:
        super().__init__(
            f"this platform's issuer is {bound}, and GRANTSTREAM_BASE_URL says {asked}: every token and event names "
            f"the issuer, so keep {bound}, or start with empty databases and topics"
        )
