"""Checks before anything starts: the issuer is the one of the first start, all ports are free, the disk has room.

A platform keeps its issuer, of which the proxy's port is a part here. The token service refuses another issuer, too,
but only after the servers have started on other ports.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Sequence

import psutil

from deploy.local.errors import PlatformError, PortTaken
from deploy.local.ports import LOOPBACK, listening_ports, why_taken
from deploy.local.settings import PORT_SPAN, PREFIX, LocalSettings

ISSUER_FILE = "issuer"
PROXY = "proxy_port"
BASES = range(9470, 19_470, 1000)
"""The port bases to propose when ports are taken."""
BYTES_A_GIGABYTE = 1_000_000_000


def kept_issuer(settings: LocalSettings) -> str | None:
    """The issuer of the embedded database; None before the first start, and with a given database."""
    path = settings.state_dir / "postgres" / ISSUER_FILE
    return path.read_text() if settings.postgres_dsn is None and path.exists() else None


def keep_issuer(settings: LocalSettings) -> None:
    """Store the issuer beside the embedded database's data, which are bound to it."""
    if settings.postgres_dsn is None:
        (settings.state_dir / "postgres" / ISSUER_FILE).write_text(settings.base_url)


def require_same_issuer(settings: LocalSettings) -> None:
    """Raise PlatformError if the platform was first started with another issuer."""
    kept = kept_issuer(settings)
    if kept not in (None, settings.base_url):
        raise PlatformError(
            f"This platform's issuer is {kept}, in every token and event, and would be {settings.base_url} now, "
            f"by {_setting(settings)}. Keep it with {PREFIX}PROXY_PORT={str(kept).rpartition(':')[2]}, or give "
            f"another platform a folder of its own with {PREFIX}STATE_DIR, or start empty: {_start_empty(settings)}."
        )


def explained(error: PlatformError, settings: LocalSettings) -> PlatformError:
    """A service's error about GRANTSTREAM_BASE_URL, with the setting that it comes from here."""
    if "GRANTSTREAM_BASE_URL" not in str(error):
        return error
    return PlatformError(
        f"{error}\nHere GRANTSTREAM_BASE_URL follows from the proxy's port, {settings.proxy_port} by "
        f"{_setting(settings)}: keep the port of the first start, or start empty: {_start_empty(settings)}."
    )


def require_free_ports(settings: LocalSettings, services: Sequence[str], ours: Iterable[psutil.Process]) -> None:
    """Raise PortTaken with each port that is taken, its holder and its setting, unless one of `ours` has it."""
    wanted = wanted_ports(settings, services)
    own = listening_ports(ours)
    reasons = {name: reason for name, port in wanted.items() if port not in own and (reason := why_taken(port))}
    times = Counter(wanted.values())
    twice = {name: "wanted more than once" for name, port in wanted.items() if times[port] > 1}
    if faults := reasons | twice:
        by_port = sorted(faults, key=wanted.__getitem__)
        lines = [f"  {wanted[name]}  {_variable(name)}: {faults[name]}" for name in by_port]
        text = [f"Nothing was started: these ports of {LOOPBACK} can't be used.", *lines, _advice(settings, reasons)]
        raise PortTaken("\n".join(text))


def wanted_ports(settings: LocalSettings, services: Sequence[str]) -> dict[str, int]:
    """The ports by the names of their settings, without those of given servers."""
    names = [PROXY, *(f"{service}{role}" for service in services for role in ("_port", "_worker_port"))]
    if settings.postgres_dsn is None:
        names.append("postgres_port")
    if not settings.kafka_bootstrap_servers:
        names += ["kafka_port", "kafka_controller_port"]
    return {name: getattr(settings, name) for name in names}


def require_disk(settings: LocalSettings) -> None:
    """Raise PlatformError if the state folder's disk has less room than a start requires."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.state_dir).free / BYTES_A_GIGABYTE
    if free < settings.min_free_gb:
        raise PlatformError(
            f"Too little disk: {settings.state_dir} has {free:.1f} GB free and the platform wants "
            f"{settings.min_free_gb:.1f} (a setting, {PREFIX}MIN_FREE_GB)."
        )


def _setting(settings: LocalSettings) -> str:
    moved = settings.model_fields_set & {"port_base", "proxy_port"}
    return f"{PREFIX}PORT_BASE" if moved == {"port_base"} else f"{PREFIX}PROXY_PORT"


def _start_empty(settings: LocalSettings) -> str:
    """The instructions for starting without data."""
    steps = ["`make down`", f"delete {settings.state_dir}"]
    if settings.postgres_dsn is not None:
        steps.append("drop the databases grantstream_* of POSTGRES_DSN")
    if settings.kafka_bootstrap_servers:
        steps.append("delete the topics of KAFKA_BOOTSTRAP_SERVERS")
    return ", then ".join(steps)


def _advice(settings: LocalSettings, taken: Iterable[str]) -> str:
    """What to do: another base for all ports; the proxy keeps the issuer's port."""
    bound = kept_issuer(settings) is not None
    if bound and PROXY in taken:
        return (
            f"Free them. The proxy's port is part of this platform's issuer; for another platform beside it, set "
            f"{PREFIX}STATE_DIR (a folder of its own) and {PREFIX}PORT_BASE={_free_base()}."
        )
    fixed = f" {PREFIX}PROXY_PORT={settings.proxy_port}" if bound else ""
    return (
        f"Free them, set those variables, or move all ports at once: {PREFIX}PORT_BASE={_free_base()}{fixed} "
        f"({settings.port_base} now; ports up to {PORT_SPAN} above it are used)."
    )


def _free_base() -> int:
    """A base whose ports are all free, if there is one."""
    free = (base for base in BASES if not any(why_taken(base + above) for above in range(1, PORT_SPAN + 1)))
    return next(free, BASES[0])


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"
