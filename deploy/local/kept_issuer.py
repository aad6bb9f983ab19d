"""A platform keeps its issuer, of which the proxy's port is a part here: checked before anything starts.

The token service refuses another issuer, too, but only after the servers have started on other ports.
"""

from deploy.local.errors import PlatformError
from deploy.local.settings import PREFIX, LocalSettings

FILE = "issuer"


def kept_issuer(settings: LocalSettings) -> str | None:
    """The issuer of the embedded database; None before the first start, and with a given database."""
    path = settings.state_dir / "postgres" / FILE
    return path.read_text() if settings.postgres_dsn is None and path.exists() else None


def keep_issuer(settings: LocalSettings) -> None:
    """Store the issuer beside the embedded database's data, which are bound to it."""
    if settings.postgres_dsn is None:
        (settings.state_dir / "postgres" / FILE).write_text(settings.base_url)


def require_same_issuer(settings: LocalSettings) -> None:
    """Raise PlatformError if the platform was first started with another issuer."""
    kept = kept_issuer(settings)
    if kept not in (None, settings.base_url):
        raise PlatformError(
            f"This platform's issuer is {kept}, in every token and event, and would be {settings.base_url} now, "
            f"by {_setting(settings)}. Keep it with {PREFIX}PROXY_PORT={str(kept).rpartition(':')[2]}, or give "
            f"another platform a folder of its own with {PREFIX}STATE_DIR, or start empty: {start_empty(settings)}."
        )


def explained(error: PlatformError, settings: LocalSettings) -> PlatformError:
    """A service's error about GRANTSTREAM_BASE_URL, with the setting that it comes from here."""
    if "GRANTSTREAM_BASE_URL" not in str(error):
        return error
    return PlatformError(
        f"{error}\nHere GRANTSTREAM_BASE_URL follows from the proxy's port, {settings.proxy_port} by "
        f"{_setting(settings)}: keep the port of the first start, or start empty: {start_empty(settings)}."
    )


def start_empty(settings: LocalSettings) -> str:
    """The instructions for starting without data."""
    steps = ["`make down`", f"delete {settings.state_dir}"]
    if settings.postgres_dsn is not None:
        steps.append("drop the databases grantstream_* of POSTGRES_DSN")
    if settings.kafka_bootstrap_servers:
        steps.append("delete the topics of KAFKA_BOOTSTRAP_SERVERS")
    return ", then ".join(steps)


def _setting(settings: LocalSettings) -> str:
    moved = settings.model_fields_set & {"port_base", "proxy_port"}
    return f"{PREFIX}PORT_BASE" if moved == {"port_base"} else f"{PREFIX}PROXY_PORT"
