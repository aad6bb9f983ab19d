"""What a guard raises.

    GuardError
    |-- KeyRefused            a JWK that can't be used as a key
    `-- Refusal               has a code; `public` is safe for strangers, `detail` is for the log
        |-- TokenRefused      the token itself is invalid            (HTTP: 401)
        |   `-- TokenMissing  the request carries none               (HTTP: 401, without an error code)
        |-- StaleGuard        this process may not decide just now   (HTTP: 503, try again)
        |-- AccessDenied      a valid token that lacks this right    (HTTP: 403)
        `-- EventRefused      an event that no consumer may apply    (Kafka: dead letter)

No text here ever holds a token, a part of one, or a value that the sender chose.
"""

from typing import ClassVar

from grantstream.guard.access import Decision
from grantstream.guard.refusal_codes import RefusalCode


class GuardError(Exception):
    """Anything that a guard raises on purpose."""


class KeyRefused(GuardError):
    """A JWK that is not a valid public key for RS256 or ES256."""


class Refusal(GuardError):
    """A token, a request or an event is refused, with a code."""

    public: ClassVar[str] = "Refused."

    def __init__(self, code: RefusalCode, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail


class TokenRefused(Refusal):
    """The access token is invalid."""

    public = "The access token is not valid."


class TokenMissing(TokenRefused):
    """The request carries no bearer token."""

    public = "This needs an access token."

    def __init__(self) -> None:
        super().__init__(RefusalCode.TOKEN_MISSING)


class StaleGuard(Refusal):
    """The process may not decide: newer permissions may exist than it knows. `retry_after`: seconds."""

    public = "Permissions cannot be checked just now. Try again."
    retry_after: ClassVar[int] = 1

    def __init__(self) -> None:
        super().__init__(RefusalCode.GUARD_STALE)


class AccessDenied(Refusal):
    """The token is valid but lacks a right; `decision` says which."""

    public = "The access token does not allow this."

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.code or RefusalCode.PERMISSION_MISSING, decision.reason)
        self.decision = decision


class EventRefused(Refusal):
    """A record that must not be applied."""

    public = "The event is not one to go by."
