#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Runs the fuzz targets of a build folder, each for a bounded time:

    scripts/fuzz.py BUILD [--seconds N] [target…]

A target starts from its corpus (tests/fuzz/corpus/<target>/), from seeds made of the golden data, and from what earlier
runs have found (BUILD/found/<target>/). An input that breaks something is left in BUILD/crashes/: make it small, fix the
fault, and add it to the corpus, where every run of the tests replays it.
"""
import argparse
import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests/golden"
SEEDS_MAX = 200
INPUT_MAX = 16384


def golden(name):
    path = GOLDEN / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def leaves(condition):
    """All leaf conditions in a piece of a flag's or segment's document."""
    if isinstance(condition, dict):
        if "op" in condition:
            yield condition
        else:
            for child in condition.values():
                yield from leaves(child)
    elif isinstance(condition, list):
        for child in condition:
            yield from leaves(child)


def seeds_flags():
    return [compact(flag) for suite in golden("decisions.json") for flag in suite["flags"]]


def seeds_documents():
    return seeds_flags() + [compact(s) for suite in golden("decisions.json") for s in suite["segments"]]


def seeds_bodies():
    return [compact(case["context"]) for suite in golden("decisions.json") for case in suite["cases"]]


def seeds_http():
    cases = golden("http-hostile.json")
    return [base64.b64decode(case["raw"]) for case in cases["cases"]] if cases else []


def seeds_operands():
    values = set()
    for suite in golden("decisions.json"):
        for leaf in leaves([suite["flags"], suite["segments"]]):
            for value in leaf.get("values", [leaf.get("value")]):
                if isinstance(value, str):
                    values.add(value.encode())
    return sorted(values)


def seeds_queries():
    return [b"userID=u-1&country=DE", b"age:number=31&beta:boolean=true", b"a=%41%c3%a9+b&userID=", b"tenant=default"]


# Part of a target's name → where its seeds come from; the first that fits.
SEEDS = (
    ("flag_document", seeds_documents),
    ("json", seeds_documents),
    ("evaluate", seeds_bodies),
    ("http", seeds_http),
    ("query", seeds_queries),
    ("operand", seeds_operands),
)


def write_seeds(target, folder):
    make = next((f for part, f in SEEDS if part in target), None)
    folder.mkdir(parents=True, exist_ok=True)
    for i, seed in enumerate(make()[:SEEDS_MAX] if make else ()):
        if len(seed) <= INPUT_MAX:
            (folder / f"golden-{i:03}").write_bytes(seed)


def targets(build):
    return sorted(p for p in (build / "tests/fuzz").glob("fuzz_*") if p.is_file() and os.access(p, os.X_OK))


def run(build, program, seconds):
    name = program.name
    found, crashes, seeds = build / "found" / name, build / "crashes", build / "seeds" / name
    for folder in (found, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(seeds, ignore_errors=True)
    write_seeds(name, seeds)
    corpus = ROOT / "tests/fuzz/corpus" / name
    command = [program, found, seeds, *([corpus] if corpus.is_dir() else []), f"-max_total_time={seconds}",
               f"-max_len={INPUT_MAX}", "-timeout=10", "-rss_limit_mb=1024", f"-artifact_prefix={crashes}/{name}-",
               "-print_final_stats=1"]
    env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}
    outcome = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    text = outcome.stdout.decode(errors="replace")
    executed = re.search(r"number_of_executed_units:\s*(\d+)", text)
    print(f"{name}: {executed.group(1) if executed else '?'} inputs, {'ok' if outcome.returncode == 0 else 'FAILED'}",
          flush=True)
    if outcome.returncode != 0:
        print("\n".join(text.splitlines()[-60:]))
    return outcome.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("target", nargs="*")
    args = parser.parse_intermixed_args()
    build = args.build.resolve()
    programs = [p for p in targets(build) if not args.target or p.name in args.target]
    unknown = set(args.target) - {p.name for p in programs}
    if unknown or not programs:
        print(f"no such target: {', '.join(sorted(unknown)) or '(none is built)'}", file=sys.stderr)
        return 2
    good = sum([run(build, p, args.seconds) for p in programs])
    print(f"fuzz: {good} passed, {len(programs) - good} failed")
    return 0 if good == len(programs) else 1


if __name__ == "__main__":
    sys.exit(main())
