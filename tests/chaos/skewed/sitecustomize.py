"""A clock that is wrong by CHAOS_CLOCK_AHEAD seconds, for a process that is started with this folder on its PYTHONPATH.

Patched before anything of the process is imported, and in its children too. The clocks that only measure how long
something takes stay right, as they do on a machine whose date is wrong.
"""

import ctypes
import datetime
import gc
import os
import time

_ahead = float(os.environ["CHAOS_CLOCK_AHEAD"])
_time, _time_ns, _now = time.time, time.time_ns, datetime.datetime.now


def _skewed_now(kind: type[datetime.datetime], tz: datetime.tzinfo | None = None) -> datetime.datetime:
    return _now(tz) + datetime.timedelta(seconds=_ahead)


time.time = lambda: _time() + _ahead
time.time_ns = lambda: _time_ns() + int(_ahead * 1_000_000_000)
# The type itself must stay the one that everybody knows, and built-in types take no new attributes in an open way.
_members = gc.get_referents(datetime.datetime.__dict__)[0]
_members["now"] = classmethod(_skewed_now)
ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.datetime))
