#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Server CPU per POST /v1/evaluate of three flags, beside nginx answering a constant of the same size.

Both run at once on this machine and are loaded in turns, round by round, so that whatever else happens here happens to
both. CPU time is the kernel's account of the server's own threads; the ratio is the median over the rounds.

Prints a table, and as the last line one JSON object.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

BODY = json.dumps(
    {
        "environment": "production",
        "userID": "user-4711",
        "attributes": {"country": "DE", "plan": "pro", "age": 31, "beta": True},
        "flagKeys": ["new-checkout", "payments-v3", "welcome-text"],
    }
)
START_TIMEOUT_S = 20
TICKS = os.sysconf("SC_CLK_TCK")

WRK_SCRIPT = """
wrk.method = "POST"
wrk.body = [[%s]]
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer %s"
"""

NGINX_CONF = """
daemon off;
worker_processes %d;
error_log stderr crit;
pid %s/nginx.pid;
events { worker_connections 2048; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path %s/body;
    server {
        listen 127.0.0.1:%d;
        location / { default_type application/json; return 200 '%s'; }
    }
}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_listening(port, process):
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end:
        if process.poll() is not None:
            sys.exit(f"{process.args[0]} ended with {process.returncode}")
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    sys.exit(f"{process.args[0]} does not listen on port {port}")


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait(START_TIMEOUT_S)


def processes_of(pid):
    """The process and its children."""
    found = [pid]
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def cpu_s(pids):
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def start_ffs(binary, data, port, threads):
    env = dict(os.environ, DATA_DIR=str(data), PORT=str(port), HTTP_THREADS=str(threads), LOG_LEVEL="warn")
    env.pop("FFS_ROOT_KEY", None)
    with subprocess.Popen([binary, "serve", "--dev"], env=env) as seeder:  # its sample flags are what is asked for
        wait_listening(port, seeder)
        stop(seeder)
    key = re.search(r"ffs_root_\S+", subprocess.check_output([binary, "keys", "root"], text=True)).group(0)
    env |= {"FFS_ROOT_KEY": key, "BIND_ADDR": "127.0.0.1"}
    ffs = subprocess.Popen([binary, "serve"], env=env)
    wait_listening(port, ffs)
    return ffs, key


def ask(port, key):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/evaluate",
        BODY.encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
    )
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()


def start_nginx(directory, port, threads, answer):
    conf = directory / "nginx.conf"
    conf.write_text(NGINX_CONF % (threads, directory, directory, port, answer.replace("'", "\\'")))
    nginx = subprocess.Popen(["nginx", "-c", str(conf), "-e", "stderr"])
    wait_listening(port, nginx)
    return nginx


def load(port, pids, script, options):
    """CPU microseconds per request, and requests per second."""
    before = cpu_s(pids)
    output = subprocess.check_output(
        ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "-s", str(script),
         f"http://127.0.0.1:{port}/v1/evaluate"],
        text=True,
    )  # fmt: skip
    used = cpu_s(pids) - before
    requests = int(re.search(r"(\d+) requests in", output).group(1))
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(output)
    return used * 1e6 / requests, requests / options.seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ffs", default="build/ffs", help="the binary")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2, help="of load, per server and round")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of each server")
    options = parser.parse_args()
    for tool in ("wrk", "nginx"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is not installed")
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        ports = {"ffs": free_port(), "nginx": free_port()}
        ffs, key = start_ffs(options.ffs, directory / "data", ports["ffs"], options.threads)
        answer = ask(ports["ffs"], key)
        nginx = start_nginx(directory, ports["nginx"], options.threads, answer)
        script = directory / "post.lua"
        script.write_text(WRK_SCRIPT % (BODY, key))
        pids = {"ffs": processes_of(ffs.pid), "nginx": processes_of(nginx.pid)}
        rounds = []
        try:
            for i in range(options.rounds):
                order = ("ffs", "nginx") if i % 2 == 0 else ("nginx", "ffs")
                rounds.append({server: load(ports[server], pids[server], script, options) for server in order})
        finally:
            stop(ffs)
            stop(nginx)
    print(f"{'round':>5} {'ffs µs':>8} {'nginx µs':>9} {'ratio':>6} {'ffs req/s':>10} {'nginx req/s':>12}")
    for i, r in enumerate(rounds):
        print(f"{i + 1:>5} {r['ffs'][0]:>8.2f} {r['nginx'][0]:>9.2f} {r['ffs'][0] / r['nginx'][0]:>6.2f} "
              f"{r['ffs'][1]:>10.0f} {r['nginx'][1]:>12.0f}")  # fmt: skip
    print(
        json.dumps(
            {
                "name": "http_evaluate_3_flags_vs_nginx",
                "cpu_us": round(statistics.median(r["ffs"][0] for r in rounds), 2),
                "nginx_cpu_us": round(statistics.median(r["nginx"][0] for r in rounds), 2),
                "ratio": round(statistics.median(r["ffs"][0] / r["nginx"][0] for r in rounds), 3),
                "answer_bytes": len(answer),
                "rounds": len(rounds),
            }
        )
    )


if __name__ == "__main__":
    main()
