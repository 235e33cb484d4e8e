# SPDX-License-Identifier: Apache-2.0
"""A private PostgreSQL server, started and stopped by scripts/services.sh."""
import subprocess
import tempfile
from pathlib import Path

SERVICES = Path(__file__).resolve().parents[2] / "scripts/services.sh"


class Postgres:
    """A server; `admin` is the DSN of its superuser. Its directory is none of pytest's, which only root could enter."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="ffs-postgres-")
        self.admin = ""
        self.databases = 0

    def run(self, *args):
        return subprocess.run([SERVICES, *args], check=True, capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL).stdout.strip()

    def start(self):
        self.admin = self.run("start", "postgres", self.directory)
        return self

    def kill(self):
        self.run("kill", "postgres", self.directory)

    def remove(self):
        self.run("remove", self.directory)

    def sql(self, statement, dsn=None):
        """The values of the answer, rows as lines, columns with |."""
        return subprocess.run(["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement,
                               dsn or self.admin], check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    def database(self):
        """The DSN of a new database, whose owner is no superuser, as in production."""
        self.databases += 1
        name = f"ffs_{self.databases}"
        if self.databases == 1:
            self.sql("CREATE ROLE ffs_owner LOGIN CREATEROLE")
        self.sql(f"CREATE DATABASE {name} OWNER ffs_owner TEMPLATE template0")
        return f"{self.admin} user=ffs_owner dbname={name}"
