"""Settings of the embedded platform, read once from the environment."""

from pathlib import Path
from typing import Any, Self

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.local.errors import PlatformError
from deploy.local.kafka_broker import JARS
from deploy.local.ports import LOOPBACK, lasting_ports

ROOT = Path(__file__).parents[2]
"""The checkout."""
DEFAULT_STATE_DIR = ROOT / ".local"
PREFIX = "GRANTSTREAM_LOCAL_"


PORT_SPAN = 23
"""The distance from `port_base` to the last port."""


def _above_base(distance: int) -> Any:
    """A port with the default `port_base` + `distance`."""
    return Field(default_factory=lambda known: known["port_base"] + distance, gt=0, lt=65536)


class LocalSettings(BaseSettings):
    """Every port, folder and limit; a field `kafka_port` is set by GRANTSTREAM_LOCAL_KAFKA_PORT."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, populate_by_name=True)

    state_dir: Path = DEFAULT_STATE_DIR
    """Data, logs, keys and `platform.json`."""
    jars_dir: Path = JARS
    """Kafka's jars."""

    port_base: int = Field(8470, ge=0, lt=65536 - PORT_SPAN)
    """Moves every port that is not set itself."""
    proxy_port: int = _above_base(10)
    registration_port: int = _above_base(11)
    token_port: int = _above_base(12)
    receipts_port: int = _above_base(13)
    registration_worker_port: int = _above_base(21)
    token_worker_port: int = _above_base(22)
    receipts_worker_port: int = _above_base(23)
    kafka_port: int = _above_base(2)
    kafka_controller_port: int = _above_base(3)
    postgres_port: int = _above_base(1)

    http_workers: PositiveInt = 2
    """Worker processes of each service's HTTP role."""
    kafka_heap: str = Field("512M", pattern=r"^[0-9]+[MG]$")
    postgres_durable: bool = True
    """Off: faster, and a power cut (not a killed process) may cost data."""
    start_seconds: PositiveFloat = 60.0
    """The longest start of a process, until it answers."""
    min_free_gb: float = Field(2.0, ge=0)
    """Free disk space that a start requires."""

    postgres_dsn: SecretStr | None = Field(None, validation_alias="POSTGRES_DSN")
    """A server to use instead of the embedded one; its role must be allowed to create databases."""
    kafka_bootstrap_servers: str | None = Field(None, validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    """A cluster to use instead of the embedded broker."""

    @property
    def base_url(self) -> str:
        """The one URL of all services, and the issuer of tokens."""
        return self.url(self.proxy_port)

    @staticmethod
    def url(port: int) -> str:
        """The URL of a local port."""
        return f"http://{LOOPBACK}:{port}"

    @classmethod
    def on_free_ports(cls, state_dir: Path, **others: Any) -> Self:
        """Settings for a test's platform beside any other, on ports that stay free while its parts restart."""
        names = sorted(name for name in cls.model_fields if name.endswith("_port"))
        ports = dict(zip(names, lasting_ports(len(names)), strict=True))
        return cls(state_dir=state_dir, **(ports | others))


def read_settings() -> LocalSettings:
    """Read the environment; raises PlatformError naming each bad variable, without its value."""
    try:
        return LocalSettings()
    except ValidationError as error:
        # A port whose base is bad is not at fault itself.
        errors = [each for each in error.errors(include_input=False) if each["type"] != "default_factory_not_called"]
        faults = [f"{_variable(each['loc'])}: {each['msg']}" for each in errors]
        raise PlatformError("Bad setting. " + "; ".join(faults) + ".") from None


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0])
    return name if name.isupper() else f"{PREFIX}{name.upper()}"
