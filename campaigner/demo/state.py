"""The state folder of a demo: `.demo` by default. Everything a demo keeps lives in it.

A marker file says that the folder is ours: only then is it used, and only then does `--fresh`
empty it. A lock keeps two demos apart.
"""

import base64
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from campaigner.demo import rootless

MARKER = "campaigner-demo.txt"
LOCK = "lock"
TEXT = "State of a Campaigner demo: made-up data, logs and generated secrets. It can be deleted.\n"


class StateError(Exception):
    """The folder cannot be used; the message is one sentence for the person at the terminal."""


@contextmanager
def opened(folder: Path, *, fresh: bool = False) -> Iterator[Path]:
    """Hold the state folder for this process: made when missing, emptied first when `fresh`. Raises StateError."""
    folder = folder.absolute()
    try:
        _ours(folder)
        lock = (folder / LOCK).open("a")
    except OSError as error:
        raise StateError(
            f"The state folder {folder} cannot be used: {error.strerror}. Choose another with --state."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(
                f"A demo already runs on {folder}: stop that one, or choose another folder with --state."
            ) from None
        if fresh:
            _empty(folder)
        for name in ("logs", "mail"):
            (folder / name).mkdir(mode=0o700, exist_ok=True)
        yield folder


def _ours(folder: Path) -> None:
    """Make the folder, or recognise it as one of ours."""
    if folder.exists() and not (folder / MARKER).exists() and any(folder.iterdir()):
        raise StateError(f"{folder} holds something else than a demo: choose another folder with --state.")
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / MARKER).exists():
        # As root, the database's own account must pass here; it needs not look around.
        folder.chmod(0o711 if rootless.needed() else 0o700)
        (folder / MARKER).write_text(TEXT)


def _empty(folder: Path) -> None:
    """Delete everything but the marker and the lock, which is held. Links are removed, not followed."""
    for entry in folder.iterdir():
        if entry.name in (MARKER, LOCK):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def secret_settings(folder: Path) -> dict[str, str]:
    """The demo's secrets by the name of their setting: generated once, then read from `secrets.env` (mode 600)."""
    file = folder / "secrets.env"
    if not file.exists():
        made = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "PII_KEYS": f"k1:{_key()}",
            "FINGERPRINT_KEY": _key(),
            "PASSWORD_SALT": secrets.token_urlsafe(48),
            "TOTP_SECRET": secrets.token_urlsafe(48),
        }
        write_private(file, "".join(f"{name}={value}\n" for name, value in made.items()))
    pairs = (line.partition("=") for line in file.read_text().splitlines())
    return {name: value for name, _, value in pairs}


def write_private(file: Path, text: str) -> None:
    """Write `file` so that only its owner can read it, and never half."""
    half = file.with_name(f"{file.name}.new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    half.rename(file)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
