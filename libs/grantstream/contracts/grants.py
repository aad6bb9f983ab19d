"""Grant types, spelled as on the wire."""

from enum import StrEnum


class GrantType(StrEnum):
    """A value of `grant_type` (RFC 6749, section 4, and the Authentication API, section 5)."""

    AUTHORIZATION_CODE = "authorization_code"
    CLIENT_CREDENTIALS = "client_credentials"
    OTP = "otp"
    PASSWORD = "password"  # noqa: S105 - the protocol's word, not a credential
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the protocol's word, not a credential
