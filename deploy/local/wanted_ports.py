"""Checks that all ports are free before anything starts, and reports all faults in one text."""

from collections import Counter
from collections.abc import Iterable, Sequence

import psutil

from deploy.local.errors import PortTaken
from deploy.local.kept_issuer import kept_issuer
from deploy.local.ports import LOOPBACK, listening_ports, why_taken
from deploy.local.settings import PORT_SPAN, PREFIX, LocalSettings

PROXY = "proxy_port"
BASES = range(9470, 19_470, 1000)
"""The port bases to propose when ports are taken."""


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
