#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Runs the benchmarks of a build folder (tests/bench, and the comparison with nginx in tests/load), prints one table, and
writes BUILD/bench.json. Figures depend on the machine: compare those of one run.
"""
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BESIDE = ROOT / "tests/load/nginx_compare.py"


def rows_of(command):
    """The JSON lines that a benchmark prints."""
    print(f"bench: {Path(command[0]).name}", file=sys.stderr, flush=True)
    outcome = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if outcome.returncode != 0:
        sys.exit(f"bench: {command[0]} ended with {outcome.returncode}")
    return [json.loads(line) for line in outcome.stdout.decode().splitlines() if line.startswith("{")]


def cpu():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def human(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{ns / size:.2f} {unit}"
    return f"{ns:.1f} ns"


def print_table(rows):
    width = max(len(r["name"]) for r in rows)
    print(f"{'what':<{width}}  {'time':>11}  {'allocations':>11}  other")
    for row in rows:
        time = human(row["ns"]) if "ns" in row else ""
        allocations = f"{row['allocations']:.0f}" if "allocations" in row else ""
        other = ", ".join(f"{k} {v}" for k, v in row.items() if k not in ("name", "ns", "allocations"))
        print(f"{row['name']:<{width}}  {time:>11}  {allocations:>11}  {other}".rstrip())


def main(build):
    subprocess.run(["ninja", "-C", str(build), "--quiet", "benchmarks"], check=True)
    programs = sorted(p for p in (build / "tests/bench").glob("bench_*") if p.is_file() and os.access(p, os.X_OK))
    rows = [row for p in programs for row in rows_of([str(p)])]
    if BESIDE.exists():
        rows += rows_of([str(BESIDE), "--ffs", str(build / "cmd/ffs/ffs")])
    machine = {"cpu": cpu(), "cores": os.cpu_count(), "kernel": platform.release()}
    (build / "bench.json").write_text(json.dumps({"machine": machine, "results": rows}, indent=1) + "\n")
    print(f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}")
    print_table(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
