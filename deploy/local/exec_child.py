"""Becomes another program, after dropping rights and arranging to die with the parent.

Run by path (`python -I -S exec_child.py PLAN PROGRAM ARGS...`) with the standard library alone; PLAN is JSON:
{"user": name or null, "death_signal": number or null, "parent": pid}. It replaces a `preexec_fn`, which is unsafe in a
process with threads.
"""

import ctypes
import json
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def drop_to(user: str) -> None:
    """Take on the identity of `user`; only root can."""
    entry = pwd.getpwnam(user)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def die_with(parent: int, signal_number: int) -> None:
    """Ask Linux for `signal_number` when the parent dies; does nothing on other systems."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)


def main() -> None:
    """Carry out the plan and be replaced by the program."""
    plan, command = json.loads(sys.argv[1]), sys.argv[2:]
    if plan["user"] is not None:
        drop_to(plan["user"])
    # After the change of user, which clears the parent-death signal.
    if plan["death_signal"] is not None:
        die_with(plan["parent"], plan["death_signal"])
    os.execvp(command[0], command)  # noqa: S606 - becoming the given program is the purpose


if __name__ == "__main__":
    main()
