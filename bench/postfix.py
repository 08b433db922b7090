"""Postfix's own test programs: `smtp-sink`, which takes mail and forgets it, and `smtp-source`, which pours it out.

They are what postfix is measured with, in C: the sink that everybody in the bench sends to, and the
ceiling. Taken from the system, else unpacked (not installed) from the distribution's package.
"""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench.report import progress
from bench.stage import Stage
from campaigner.demo import ports, processes

TOOLS = Path(__file__).parent / ".tools" / "postfix"
PLACES = ("/usr/sbin", "/usr/lib/postfix/sbin", "/usr/libexec/postfix", "/usr/local/sbin")
WHY_NOT = "smtp-sink and smtp-source are not here (Debian: apt install postfix)"


@dataclass(frozen=True)
class Postfix:
    """Where the two programs are."""

    sink: Path
    source: Path
    libraries: Path | None = None  # where it was unpacked

    @property
    def environ(self) -> dict[str, str]:
        """What they need to run."""
        return {**os.environ, **({"LD_LIBRARY_PATH": str(self.libraries)} if self.libraries else {})}

    def start_sink(self, stage: Stage) -> int:
        """Have `smtp-sink` take mail. Returns its port. It ends with the stage."""
        port = ports.keep(stage.folder / "postfix-port")
        account = ["-u", "nobody"] if os.geteuid() == 0 else []
        process = processes.spawn(
            [self.sink, *account, f"127.0.0.1:{port}", "512"], log=stage.folder / "postfix.log", env=self.environ
        )
        stage.guard.watch(process)
        stage.beside.append(process)
        while ports.problem(port) is None:
            assert process.poll() is None, processes.tail(stage.folder / "postfix.log")
            time.sleep(0.02)
        return port

    def pour(self, port: int, number: int, *, sessions: int, size: int) -> float:
        """Send so many messages of that many bytes over so many sessions. Returns the seconds it took."""
        began = time.monotonic()
        subprocess.run(
            [self.source, "-d", "-s", str(sessions), "-m", str(number), "-l", str(size), "-f", "campagnes@fos.example",
             "-t", "ontvanger@voorbeeld.example", f"127.0.0.1:{port}"],
            check=True, env=self.environ, timeout=600,
        )  # fmt: skip
        return time.monotonic() - began


def find() -> Postfix | None:
    """The programs of this machine, else those of the distribution's package; None when neither is to be had."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *PLACES])
    found = [shutil.which(name, path=path) for name in ("smtp-sink", "smtp-source")]
    if found[0] and found[1]:
        return Postfix(Path(found[0]), Path(found[1]))
    if not (TOOLS / "usr/sbin/smtp-source").exists() and not _unpack():
        return None
    ours = Postfix(TOOLS / "usr/sbin/smtp-sink", TOOLS / "usr/sbin/smtp-source", TOOLS / "usr/lib/postfix")
    # Without arguments both say how they are used; a library that is missing is said otherwise.
    said = subprocess.run([ours.source], env=ours.environ, capture_output=True, text=True, check=False).stderr
    return ours if "usage" in said else None


def _unpack() -> bool:
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return False
    progress("unpacking postfix from the distribution's package, without installing it")
    TOOLS.mkdir(parents=True, exist_ok=True)
    sandbox = ["-o", "APT::Sandbox::User=root"] if os.geteuid() == 0 else []
    got = subprocess.run(
        ["apt-get", *sandbox, "download", "postfix"], cwd=TOOLS, capture_output=True, check=False, timeout=120
    )  # fmt: skip
    packages = list(TOOLS.glob("postfix_*.deb"))
    if got.returncode or not packages:
        return False
    subprocess.run(["dpkg-deb", "-x", packages[0], TOOLS], check=True, capture_output=True, timeout=60)
    return True
