"""The http role: Granian with several worker processes, each with an application of its own."""

import logging
import multiprocessing
import os
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server.mp import MPServer

from grantstream.service.errors import PortTaken
from grantstream.service.logs import configure_logs, granian_log_config
from grantstream.service.open_files import connections_allowed
from grantstream.service.ports import require_free_port
from grantstream.service.process import end_with_parent
from grantstream.service.settings import PREFIX, ServiceSettings
from grantstream.service.telemetry.multiprocess import forget_dead_processes, share_metrics, shared_folder

EXIT_PORT_TAKEN: Final = 1

_log = logging.getLogger(__name__)


def run_http(target: str, settings: ServiceSettings) -> None:
    """Serves until SIGTERM or SIGINT; returns after an orderly stop.

    `target` is `module:function`; the function is called with `settings` in each worker and returns the ASGI
    application, usually of `build_api`. A worker that dies is replaced; if it dies again at once, the server ends with
    exit code 1. A taken port ends the server with one sentence and exit code 1.
    """
    configure_logs(service=settings.service_name, role="http", level=settings.log_level)
    try:
        require_free_port(settings.http_host, settings.http_port, setting=f"{PREFIX}HTTP_PORT")
    except PortTaken as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(EXIT_PORT_TAKEN) from None
    share_metrics(_metrics_folder(settings))
    # Fresh interpreters: a forked one would inherit the state of threads, and metrics that are not shared.
    multiprocessing.set_start_method("spawn", force=True)
    loader = partial(load_worker, target, settings, os.getpid())
    _server(target, settings).serve(target_loader=loader, wrap_loader=False)


def load_worker(target: str, settings: ServiceSettings, server_pid: int) -> Callable[..., Any]:
    """Runs first in each worker: it ends with its server, sets up its log, and makes the application."""
    end_with_parent(server_pid)
    configure_logs(service=settings.service_name, role="http", level=settings.log_level)
    if (folder := shared_folder()) is not None:
        forget_dead_processes(folder)
    module, _, function = target.partition(":")
    application: Callable[..., Any] = getattr(import_module(module), function)(settings)
    return application


def _metrics_folder(settings: ServiceSettings) -> Path:
    return settings.state_dir.absolute() / "metrics" / f"{settings.service_name}-http-{settings.http_port}"


def _server(target: str, settings: ServiceSettings) -> MPServer:
    return MPServer(
        target,
        address=settings.http_host,
        port=settings.http_port,
        interface=Interfaces.ASGI,
        workers=settings.http_workers,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        # The limit counts connections, not requests; the default is 1024 for all workers together.
        backpressure=connections_allowed(settings.http_connections),
        # Both are off by default: one dead worker would end the server, and a hanging one would never be ended.
        respawn_failed_workers=True,
        workers_kill_timeout=settings.stop_limit,
        log_level=LogLevels.info,
        log_dictconfig=granian_log_config(),
    )
