#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Line coverage by folder: runs all tests of a build folder that was configured with -Db_coverage=true, prints a table,
leaves BUILD/coverage/index.html, and fails where a folder has less than it must have.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEAST = {"src/domain": 95.0}


def folder_of(path):
    parts = Path(path).parts
    return "/".join(parts[:2])


def gcovr(build, *options):
    command = ["gcovr", "--root", str(ROOT), "--object-directory", str(build), "--filter", "src/", "--filter", "cmd/",
               "--exclude-unreachable-branches", "--gcov-ignore-parse-errors", *options]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout


def main(build):
    for old in build.rglob("*.gcda"):
        old.unlink()
    tests = subprocess.run([ROOT / "scripts/test.py", str(build), "unit", "e2e"], cwd=ROOT, check=False)
    (build / "coverage").mkdir(exist_ok=True)
    report = json.loads(gcovr(build, "--json", "--html-details", str(build / "coverage/index.html")))
    folders = {}
    for file in report["files"]:
        lines = [line for line in file["lines"] if not line.get("gcovr/noncode") and not line.get("gcovr/excluded")]
        row = folders.setdefault(folder_of(file["file"]), [0, 0])
        row[0] += sum(line["count"] > 0 for line in lines)
        row[1] += len(lines)
    failed = tests.returncode != 0
    print(f"{'folder':<20} {'lines':>7} {'covered':>8}")
    for folder, (covered, total) in sorted(folders.items()):
        share = 100.0 * covered / total if total else 100.0
        bad = share < LEAST.get(folder, 0)
        failed = failed or bad
        print(f"{folder:<20} {total:>7} {share:>7.1f}%{f'  at least {LEAST[folder]} % is asked for' if bad else ''}")
    print(f"line by line: {os.path.relpath(build / 'coverage/index.html')}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
