"""The rules for choosing passwords, whose length counts (NIST SP 800-63B, section 3.1.1.2), and for guessing them."""

from dataclasses import dataclass
from typing import Final

from grantstream.contracts.invalid_input import Fault, InvalidInput
from services.token.domain.login import login_key

MAX_BYTES: Final = 256
"""A limit on the time of hashing; no typed password is as long."""


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """The policy of this installation; `min_length` in characters."""

    min_length: int = 12

    def check(self, password: str, *, login: str) -> None:
        """Raises InvalidInput if the password is refused."""
        if len(password) < self.min_length:
            raise InvalidInput(Fault("/password", f"must have at least {self.min_length} characters"))
        if len(password.encode()) > MAX_BYTES:
            raise InvalidInput(Fault("/password", f"must have at most {MAX_BYTES} bytes"))
        if login_key(password) == login_key(login):
            raise InvalidInput(Fault("/password", "must differ from the login"))


@dataclass(frozen=True, slots=True)
class LockoutPolicy:
    """After `attempts` failures without a success, further ones are refused for `seconds`."""

    attempts: int = 10
    seconds: int = 900
