"""What a process knows of itself, and how it starts and ends."""

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
    """To be called when all is built up that lives until the end: modules, models, routes, clients.

    The garbage collector doesn't look through that any more. It would take it tens of milliseconds in which nothing is
    answered, and processes that do the same work come to it at the same moments.
    """
    gc.collect()
    gc.freeze()


def end_with_parent(parent_pid: int) -> None:
    """Makes the kernel kill this process when its parent dies, however that came about (Linux).

    A server's workers would otherwise outlive a killed server and go on answering on its port.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent_pid:
        # It died before the kernel was asked; nothing would tell us any more.
        os._exit(1)


def stop_requested() -> asyncio.Event:
    """An event that is set by SIGTERM or SIGINT, from now on, in the running loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    return stop
