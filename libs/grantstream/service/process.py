"""The process itself: its id, its garbage collection, its end."""

import asyncio
import ctypes
import gc
import os
import signal
import sys
import uuid
from functools import cache
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@cache
def instance_id() -> str:
    """The name of the process on the fence and in `/health/ready`; another one after each start."""
    return uuid.uuid4().hex


def exempt_from_collection() -> None:
    """Exempts all present objects from garbage collection. Call it once modules, models, routes and clients exist.

    Otherwise the collector needs tens of milliseconds for them, without an answer meanwhile, and in all processes with
    the same work at the same moments.
    """
    gc.collect()
    gc.freeze()


def end_with_parent(parent_pid: int) -> None:
    """Makes the kernel kill this process when its parent dies for any reason (Linux).

    Otherwise workers would outlive a killed server and continue to answer on its port.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent_pid:
        # It died before the call, so the kernel will send no signal.
        os._exit(1)


def stop_requested() -> asyncio.Event:
    """An event in the running loop that SIGTERM and SIGINT set from now on."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    return stop
