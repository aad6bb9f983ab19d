"""Settings of a service that exists for tests only."""

from pathlib import Path
from typing import Any, ClassVar

from grantstream.service.settings import ServiceSettings

GIVEN: dict[str, Any] = {
    "postgres_dsn": "postgres://grantstream:hunter2@127.0.0.1:1/none",
    "kafka_bootstrap_servers": "127.0.0.1:1",
    "base_url": "http://platform.test",
    "token_url": "http://platform.test",
    "client_id": "tiny",
    "client_key_file": Path("/nowhere.pem"),
}


class TinySettings(ServiceSettings):
    service_name: ClassVar[str] = "tiny"


def tiny_settings(**changed: Any) -> TinySettings:
    return TinySettings(**(GIVEN | changed))
