"""The settings of every process of every service, from the environment.

A variable is `GRANTSTREAM_` and the field's name in upper case: `http_port` is GRANTSTREAM_HTTP_PORT. A service adds
its name and its own fields in a subclass. A setting without a variable may be a file of that name in the folder
GRANTSTREAM_SECRETS_DIR, as container platforms mount secrets.
"""

import os
import sys
from pathlib import Path
from typing import ClassVar, Final, Literal, NoReturn, TypeVar

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from grantstream.service.errors import BadSetting

PREFIX: Final = "GRANTSTREAM_"
SECRETS_DIR: Final = f"{PREFIX}SECRETS_DIR"
EXIT_BAD_SETTING: Final = 2

LogLevel = Literal["debug", "info", "warning", "error"]


class ServiceSettings(BaseSettings):
    """The validated settings, read once at the start of a process. Times are in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True, validate_default=True
    )

    service_name: ClassVar[str]
    """`registration`, `token` or `receipts`: in logs, metrics, health answers and on the fence."""

    postgres_dsn: SecretStr
    kafka_bootstrap_servers: str = Field(min_length=1)
    base_url: str = Field(pattern=r"^https?://[^\s/]+$", description="Where clients reach the platform; the issuer.")
    token_url: str = Field(pattern=r"^https?://[^\s/]+$", description="Where this service reaches the token service.")
    trusted_key_thumbprints: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9_-]{43}([, ]+[A-Za-z0-9_-]{43})*)?$",
        description="The token service's keys that are believed at the start; none given: those it shows.",
    )
    client_id: str = Field(min_length=1, description="This service's own client id, for its event tokens.")
    client_key_file: Path = Field(description="PEM of the P-256 key that the service authenticates with.")
    state_dir: Path = Field(default=Path(".local"), description="Where a process may keep files of its own.")

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=1, le=65535)
    http_workers: int = Field(default=2, ge=1, le=256)
    worker_port: int = Field(default=9080, ge=1, le=65535)
    stop_limit: int = Field(default=4, ge=1, le=4, description="After this long a stopping process is ended.")
    http_connections: PositiveInt = Field(default=2048, description="Connections that one http process serves at once.")
    body_timeout: PositiveFloat = Field(default=10.0, description="For all of a request's body; past it, 408.")
    max_body_bytes: PositiveInt = 1024 * 1024
    large_bodies_bytes: PositiveInt = Field(
        default=64 * 1024 * 1024,
        description="Of all bodies under way in one process, beyond 64 KiB each; past it, 503.",
    )
    log_level: LogLevel = "info"

    postgres_pool_min: PositiveInt = 2
    postgres_pool_max: PositiveInt = 10
    postgres_statement_timeout: PositiveFloat = 5.0
    postgres_acquire_timeout: PositiveFloat = 3.0
    postgres_connect_timeout: PositiveFloat = 3.0

    outbox_rows_limit: PositiveInt = Field(
        default=20_000, description="With more events waiting a worker is not ready."
    )
    outbox_age_limit: PositiveFloat = Field(default=30.0, description="With an older one waiting it isn't either.")
    consumer_max_records: PositiveInt = Field(default=200, description="Events that are handled in one transaction.")
    consumer_lag_limit: PositiveInt = Field(default=1_000, description="With more not handled a worker is not ready.")
    sweep_every: PositiveFloat = Field(
        default=1_800.0,
        le=3_600.0,
        description="How often a worker sweeps its topics; below the time for which the fence remembers what is void.",
    )

    fence_max_staleness: float = Field(
        default=8.0,
        ge=3.0,
        le=200.0,
        description="Seconds; the longest of all processes is how long a silent one is waited for.",
    )
    fence_answer_limit: PositiveFloat = 2.0
    row_wait_limit: PositiveFloat = 1.0

    @field_validator("consumer_lag_limit")
    @classmethod
    def _above_a_batch(cls, limit: int, given: ValidationInfo) -> int:
        # A batch in progress counts as not handled, so with a lower limit a healthy worker would not be ready.
        if limit < given.data.get("consumer_max_records", 1):
            raise ValueError(f"must not be below {PREFIX}CONSUMER_MAX_RECORDS")
        return limit

    @property
    def event_source(self) -> str:
        """The `ce_source` of every event of this service."""
        return event_source_of(self.service_name)

    @property
    def trusted_keys(self) -> frozenset[str]:
        """The thumbprints (RFC 7638) in `trusted_key_thumbprints`."""
        return frozenset(self.trusted_key_thumbprints.replace(",", " ").split())


SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def event_source_of(service_name: str) -> str:
    """The `ce_source` of every event of a service."""
    return f"urn:grantstream:service:{service_name}"


def read_settings(kind: type[SettingsT]) -> SettingsT:
    """Reads the environment. Raises BadSetting, which names settings and never their values."""
    folder = os.environ.get(SECRETS_DIR) or None
    if folder is not None and not Path(folder).is_dir():
        raise BadSetting({SECRETS_DIR: "there is no such folder"})
    try:
        return kind(_secrets_dir=folder)
    except ValidationError as error:
        raise BadSetting(_reasons(error)) from None


def settings_or_exit(kind: type[SettingsT]) -> SettingsT:
    """Reads the environment, or ends the process with code 2 and one line for each bad setting."""
    try:
        return read_settings(kind)
    except BadSetting as error:
        _refuse(error)


def _refuse(error: BadSetting) -> NoReturn:
    for line in str(error).split("; "):
        sys.stderr.write(f"{line}\n")
    raise SystemExit(EXIT_BAD_SETTING)


def _reasons(error: ValidationError) -> dict[str, str]:
    # Pydantic's messages say what is expected; `ctx` and `input`, which hold the value, are left out.
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return {_variable(problem["loc"]): problem["msg"].lower() for problem in problems}


def _variable(location: tuple[int | str, ...]) -> str:
    return PREFIX + str(location[0]).upper() if location else PREFIX + "*"
