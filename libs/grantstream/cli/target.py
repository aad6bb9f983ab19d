"""Which platform a command is for: from its `platform.json`, or the environment if there is no such file."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from grantstream.cli.errors import CommandFailed

DEFAULT_FILE: Final = Path(".local/platform.json")

_PINS: Final = "trusted_key_thumbprints"

PlatformFile = Annotated[
    Path,
    typer.Option("--platform", "-p", envvar="GRANTSTREAM_PLATFORM_FILE", help="The platform's platform.json."),
]


class ClientFile(BaseModel):
    """The client that a command acts as, if it writes: its id, and the PEM file with its private key."""

    model_config = ConfigDict(frozen=True)

    client_id: str
    key_file: Path


class Target(BaseModel):
    """The addresses of one platform.

    `base` is the issuer. `postgres` has a DSN for each service, `workers` the address of its worker's health server;
    missing ones are skipped.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    base: str
    kafka: str
    token: str
    registration: str | None = None
    receipts: str | None = None
    postgres: Mapping[str, str] = Field(default_factory=dict)
    workers: Mapping[str, str] = Field(default_factory=dict)
    cli: ClientFile | None = None
    trusted_key_thumbprints: str = ""

    @property
    def trusted_keys(self) -> frozenset[str]:
        """The thumbprints (RFC 7638) of the only keys to trust at first; empty: all keys at `token`."""
        return frozenset(self.trusted_key_thumbprints.replace(",", " ").split())

    @property
    def services(self) -> dict[str, str]:
        """The known addresses of the HTTP roles, by the services' names."""
        addresses = {"registration": self.registration, "token": self.token, "receipts": self.receipts}
        return {name: url for name, url in addresses.items() if url is not None}


class _Environment(BaseSettings):
    """Variables that containers have."""

    model_config = SettingsConfigDict(env_prefix="GRANTSTREAM_", extra="ignore", hide_input_in_errors=True)

    base_url: str
    kafka_bootstrap_servers: str
    token_url: str | None = None
    trusted_key_thumbprints: str = ""
    client_id: str | None = Field(default=None, validation_alias=AliasChoices("GRANTSTREAM_CLI_CLIENT_ID"))
    client_key_file: Path | None = Field(default=None, validation_alias=AliasChoices("GRANTSTREAM_CLI_KEY_FILE"))


def read_target(platform_file: Path) -> Target:
    """Reads the file, or the environment if there is none. Raises CommandFailed if neither is complete."""
    if platform_file.exists():
        return _from_file(platform_file)
    if platform_file != DEFAULT_FILE:
        raise CommandFailed(f"There is no {platform_file}.")
    return _from_environment()


def _from_file(path: Path) -> Target:
    try:
        described: Any = {_PINS: os.environ.get(f"GRANTSTREAM_{_PINS.upper()}", ""), **json.loads(path.read_text())}
        return Target.model_validate(described)
    except (OSError, ValueError, TypeError) as error:
        raise CommandFailed(f"{path} can't be read as a platform's description ({type(error).__name__}).") from None


def _from_environment() -> Target:
    try:
        environment = _Environment()
    except ValidationError:
        raise CommandFailed(
            f"No platform is named: there is no {DEFAULT_FILE} here (`make up` makes one), and GRANTSTREAM_BASE_URL "
            "and GRANTSTREAM_KAFKA_BOOTSTRAP_SERVERS are not both set. Name the file with --platform."
        ) from None
    client = None
    if environment.client_id is not None and environment.client_key_file is not None:
        client = ClientFile(client_id=environment.client_id, key_file=environment.client_key_file)
    return Target(
        base=environment.base_url,
        kafka=environment.kafka_bootstrap_servers,
        token=environment.token_url or environment.base_url,
        cli=client,
        trusted_key_thumbprints=environment.trusted_key_thumbprints,
    )
