# SPDX-License-Identifier: Apache-2.0
"""Starts, watches and stops the binary."""
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FFS_BIN = Path(os.environ.get("FFS_BIN", ROOT / "build/ffs")).resolve()
SANITIZER = re.compile(rb"(AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|UndefinedBehaviorSanitizer)")
# Slow builds (sanitizers, coverage) are given time: nothing here measures speed.
START_S = 60
STOP_S = 60
# ffs keys root's form: 22 and 43 of 0-9 A-Z a-z.
ROOT_KEY = "ffs_root_" + "0123456789abcdefghijkl" + "_" + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def clean_environment(extra=None):
    """The environment without what would configure the binary by accident."""
    ours = ("FFS_", "PORT", "BIND_ADDR", "DATA_DIR", "LOG_", "SDK_TIMEOUT_MS", "POLL_INTERVAL_MS", "HTTP_THREADS",
            "MAX_CONNECTIONS", "IDLE_TIMEOUT_S", "TRUSTED_PROXIES", "SHUTDOWN_", "PG_", "http_proxy", "HTTP_PROXY")
    env = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    env.update({k: str(v) for k, v in (extra or {}).items()})
    return env


class Server:
    """One `ffs serve`. `dev` or a root key; `env` adds variables."""

    def __init__(self, data_dir, dev=True, env=None, key=ROOT_KEY):
        self.data_dir = Path(data_dir)
        self.dev = dev
        self.key = None if dev else key
        self.env = env or {}
        self.port = free_port()
        self.process = None
        self.log_path = self.data_dir.parent / f"{self.data_dir.name}.{self.port}.log"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        env = clean_environment({"PORT": self.port, "DATA_DIR": self.data_dir, "BIND_ADDR": "127.0.0.1", **self.env})
        if self.key:
            env["FFS_ROOT_KEY"] = self.key
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([FFS_BIN, "serve", *(["--dev"] if self.dev else [])], env=env,
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        self.wait_ready()
        return self

    def wait_ready(self):
        for _ in range(START_S * 50):
            assert self.process.poll() is None, f"serve ended with {self.process.returncode}: {self.log_text()}"
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            time.sleep(0.02)
        raise AssertionError(f"not ready after {START_S} s: {self.log_text()}")

    def log_text(self):
        return self.log_path.read_text(errors="replace")[-4000:]

    def logs(self):
        """All lines of the log; fails on what is no log line."""
        raw = self.log_path.read_bytes()
        assert not SANITIZER.search(raw), raw.decode(errors="replace")[-8000:]
        lines = []
        for line in raw.splitlines():
            try:
                entry = json.loads(line)
            except ValueError as e:
                raise AssertionError(f"stderr holds something else than log lines: {line!r}") from e
            assert {"ts", "level", "msg"} <= set(entry), entry
            lines.append(entry)
        return lines

    def stop(self, sig=signal.SIGTERM):
        """A clean stop: exit 0, nothing on stdout, only log lines on stderr. sig None: it has been told already."""
        if self.process is None:
            return
        process, self.process = self.process, None
        if sig and process.poll() is None:
            process.send_signal(sig)
        try:
            out, _ = process.communicate(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise AssertionError(f"did not stop within {STOP_S} s: {self.log_text()}") from None
        assert process.returncode == 0, f"exit {process.returncode}: {self.log_text()}"
        assert out == b"", out
        self.logs()

    def kill(self):
        """As a power cut would."""
        process, self.process = self.process, None
        process.kill()
        process.communicate()

    def dispose(self):
        """For teardown: ends it whatever its state."""
        if self.process and self.process.poll() is None:
            self.kill()


def run_ffs(*args, env=None, **kw):
    """One command of the binary; its output as text."""
    return subprocess.run([FFS_BIN, *args], env=clean_environment(env), capture_output=True, text=True, check=False,
                          timeout=kw.pop("timeout", 120), stdin=kw.pop("stdin", subprocess.DEVNULL), **kw)
