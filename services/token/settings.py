"""The settings of the token service, in addition to those of every service."""

from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from grantstream.service.settings import ServiceSettings
from services.token.domain.password_policy import LockoutPolicy, PasswordPolicy
from services.token.domain.refresh_token import RefreshPolicy
from services.token.domain.signing_key import SigningAlgorithm


class TokenSettings(ServiceSettings):
    """Times in seconds unless the name says otherwise."""

    service_name: ClassVar[str] = "token"

    client_id: str = Field(default="", description="Not needed here: the system clients' file names this service.")
    client_key_file: Path = Field(default=Path(), description="Not needed here: this service signs its own tokens.")
    system_clients_file: Path = Field(description="JSON that set-up wrote: the clients that are no applications.")
    system_client_name: str = Field(default="token", description="The entry of that file that is this service.")

    signing_alg: SigningAlgorithm = SigningAlgorithm.ES256
    access_token_alg: dict[str, SigningAlgorithm] = Field(
        default_factory=dict, description="JSON object: client id to algorithm, for clients that need another one."
    )

    app_row_max_age: float = Field(default=60.0, ge=0, le=300, description="0: read the row for every request.")
    app_rows_remembered: PositiveInt = 10_000

    assertion_max_lifetime: PositiveFloat = 300.0
    dpop_max_age: float = Field(default=60.0, gt=0, le=300, description="How old a DPoP proof may be.")
    refresh_lifetime_days: PositiveInt = 183
    refresh_grace: float = Field(default=10.0, ge=0, description="How long a lost answer may be asked for again.")
    clean_up_every: PositiveFloat = 3600.0

    password_min_length: PositiveInt = 12
    password_hash_threads: PositiveInt = 2
    password_hash_waiting: NonNegativeInt = 64
    password_hash_memory_kib: PositiveInt = 19_456
    password_hash_rounds: PositiveInt = 2
    lockout_attempts: PositiveInt = 10
    lockout_seconds: PositiveInt = 900

    sandbox_sign_up: bool = Field(default=True, description="Whether anybody may open a sandbox.")
    sandboxes_per_minute: PositiveInt = 300

    @property
    def token_endpoint(self) -> str:
        """The URL of the token endpoint; also an audience of assertions."""
        return f"{self.base_url}/oauth2/v0/token"

    @property
    def token_endpoint_urls(self) -> frozenset[str]:
        """The endpoint's URLs: below the base URL, and the direct one, which the services use."""
        return frozenset({self.token_endpoint, f"{self.token_url}/oauth2/v0/token"})

    @property
    def password_policy(self) -> PasswordPolicy:
        """The rules for passwords."""
        return PasswordPolicy(self.password_min_length)

    @property
    def password_hashing(self) -> dict[str, int]:
        """The arguments of `Passwords`."""
        return {
            "threads": self.password_hash_threads,
            "waiting": self.password_hash_waiting,
            "memory_kib": self.password_hash_memory_kib,
            "rounds": self.password_hash_rounds,
        }

    @property
    def refresh_policy(self) -> RefreshPolicy:
        """The lifetime of refresh tokens."""
        return RefreshPolicy(timedelta(days=self.refresh_lifetime_days), timedelta(seconds=self.refresh_grace))

    @property
    def lockout(self) -> LockoutPolicy:
        """The limit for guessing passwords."""
        return LockoutPolicy(self.lockout_attempts, self.lockout_seconds)
