"""How embedded PostgreSQL runs when we are root, which PostgreSQL itself refuses to be.

It runs under a system account, made when missing. That account must reach the data and the
programs. Where folders above them are closed to other users (/root, a private home), nothing is
opened: the data then live below /var/lib/campaigner-demo and the asked place holds a link to them,
and the programs are copied next to the data. So no permission of an existing folder ever changes.
"""

import os
import pwd
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

NAME = "campaigner-demo"
AWAY = Path("/var/lib/campaigner-demo")
OWNER_MARK = "belongs-to"
PROGRAMS = "pginstall"  # Within the wheel.


class Account(NamedTuple):
    """User and group number of the account PostgreSQL runs under."""

    user: int
    group: int

    def __str__(self) -> str:
        """The user's name, or the number when it has none."""
        with suppress(KeyError):
            return pwd.getpwuid(self.user).pw_name
        return str(self.user)


class NoAccount(Exception):
    """We are root and there is no account to run PostgreSQL under; the message says what to do."""


def needed() -> bool:
    """Whether we are root."""
    return os.geteuid() == 0


def account(cluster: Path) -> Account:
    """The owner of an existing cluster, else the system account, made when missing. Raises NoAccount."""
    if cluster.exists():
        owner = cluster.stat()
        return Account(owner.st_uid, owner.st_gid)
    with suppress(KeyError):
        return _numbers()
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    with suppress(FileNotFoundError):
        subprocess.run(command, capture_output=True, check=False)
    try:
        return _numbers()
    except KeyError:
        raise NoAccount(
            f"PostgreSQL refuses to run as root, and the system user {NAME} could not be made with useradd. "
            "Run this as a normal user, or name a server in DATABASE_URL."
        ) from None


def _numbers() -> Account:
    entry = pwd.getpwnam(NAME)
    return Account(entry.pw_uid, entry.pw_gid)


def settle(data: Path, account: Account) -> None:
    """Make `data` a folder that `account` can reach: in place when possible, else a link to one below AWAY."""
    _sweep()
    if data.exists():
        return
    data.unlink(missing_ok=True)  # A link whose target is gone.
    data.mkdir(parents=True)
    data.chmod(0o711)
    if not _ask(account, "test", "-x", data):
        data.rmdir()
        _settle_away(data)


def _settle_away(data: Path) -> None:
    """The link comes before the folder, so that a sweep in another process never sees one without the other."""
    home = AWAY / token_hex(8)
    data.symlink_to(home)
    home.mkdir(parents=True)
    for folder in (AWAY, home):
        folder.chmod(0o711)
    (home / OWNER_MARK).write_text(str(data))


def _sweep() -> None:
    """Delete folders below AWAY to which no link leads any more (`--fresh`, `rm -r .demo`, a test's folder)."""
    for mark in AWAY.glob(f"*/{OWNER_MARK}"):
        with suppress(OSError):
            link = Path(mark.read_text())
            if not link.is_symlink() or link.readlink() != mark.parent:
                shutil.rmtree(mark.parent)


def programs(wheel: Path, data: Path, account: Account) -> Path:
    """The folder of PostgreSQL's programs that `account` can run: the wheel's own, or a copy in `data`.

    `wheel` is the package's folder. Its libraries lie beside it and are found by that position, so both are copied.
    """
    if _runs(account, wheel / PROGRAMS):
        return wheel / PROGRAMS
    copy = data / f"programs-{wheel.stat().st_mtime_ns}"
    if not copy.exists():
        half = data / "programs.new"
        shutil.rmtree(half, ignore_errors=True)
        for folder in wheel.parent.glob(f"{wheel.name}*"):
            if folder.name in (wheel.name, f"{wheel.name}.libs"):
                shutil.copytree(folder, half / folder.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
        for path in (half, *half.rglob("*")):
            os.chown(path, *account, follow_symlinks=False)
        half.rename(copy)
    return copy / wheel.name / PROGRAMS


def _runs(account: Account, folder: Path) -> bool:
    """Whether it can start these programs and read what they need."""
    needs = folder / "share" / "postgres.bki"
    try:
        return _ask(account, folder / "bin" / "initdb", "--version") and _ask(account, "test", "-r", needs)
    except PermissionError:
        return False


def _ask(account: Account, *command: str | Path) -> bool:
    """Try it as that account, so that every kind of permission counts."""
    user, group = account
    return (
        subprocess.run(command, user=user, group=group, extra_groups=[], capture_output=True, check=False).returncode
        == 0
    )
