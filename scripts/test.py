#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of a build folder and adds up their cases.

    scripts/test.py BUILD [unit] [e2e] [lint]   what to run; unit and e2e unless said
    scripts/test.py --sum BUILD...              only adds up what earlier runs have left

unit: everything Meson knows (unit tests, contract suites, golden cases, corpora of the fuzz targets)
e2e:  the binary from outside (tests/e2e, pytest)
lint: the tests of our own lint rules (tests/lint, pytest)

Quiet: names what failed and shows its output. The last line is "ffs: N passed, N failed"; exit 1 if any failed.
"""
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUITES = ("unit", "e2e", "lint")
CMOCKA_SUM = re.compile(rb"\[\s+(PASSED|FAILED)\s+\]\D*?(\d+) test\(s\)")

# A sanitizer's report is a failure, whatever the test thinks of the exit code.
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1:history_size=4",
}


def environment(build):
    env = dict(os.environ)
    for name, value in SANITIZERS.items():
        env.setdefault(name, value)
    env["FFS_BIN"] = str(build / "cmd/ffs/ffs")
    env["FFS_BUILD"] = str(build)
    return env


def cases(test):
    """(passed, failed) of one Meson test: its cmocka groups', or itself where it has none."""
    passed = failed = 0
    output = (test.get("stdout", "") + "\n" + test.get("stderr", "")).encode()
    for word, n in CMOCKA_SUM.findall(output):
        if word == b"PASSED":
            passed += int(n)
        else:
            failed += int(n)
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        return max(passed, 1), 0
    if test["result"] == "SKIP":
        return 0, 0
    return passed, max(failed, 1)


def run_unit(build, env):
    log = build / "meson-logs/testlog.json"
    log.unlink(missing_ok=True)
    command = ["meson", "test", "-C", str(build), "--no-rebuild", "--quiet", "--print-errorlogs"]
    outcome = subprocess.run(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    passed = failed = 0
    if log.exists():
        for line in log.read_text(errors="replace").splitlines():
            p, f = cases(json.loads(line))
            passed += p
            failed += f
    if outcome.returncode != 0:
        sys.stdout.write(outcome.stdout.decode(errors="replace"))
        failed = max(failed, 1)
    return passed, failed


def run_pytest(build, env, folder):
    report = build / f"{folder}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", "--no-header",
               f"--junit-xml={report}", f"tests/{folder}"]
    outcome = subprocess.run(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    passed = failed = 0
    if report.exists():
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            total, bad, skipped = (int(suite.get(k, 0)) for k in ("tests", "failures", "skipped"))
            bad += int(suite.get("errors", 0))
            failed += bad
            passed += total - bad - skipped
    if outcome.returncode != 0:
        sys.stdout.write(outcome.stdout.decode(errors="replace"))
        failed = max(failed, 1)
    return passed, failed


def run(build, suite, env):
    print(f"{build.name}: {suite} tests …", flush=True)
    if suite == "unit":
        passed, failed = run_unit(build, env)
    else:
        passed, failed = run_pytest(build, env, suite)
    print(f"{build.name}: {suite}: {passed} passed, {failed} failed", flush=True)
    (build / f"test-{suite}.json").write_text(json.dumps({"passed": passed, "failed": failed}))
    return passed, failed


def left_by_earlier_runs(builds):
    for build in builds:
        for suite in SUITES:
            path = build / f"test-{suite}.json"
            if path.exists():
                result = json.loads(path.read_text())
                yield result["passed"], result["failed"]


def main(args):
    if args and args[0] == "--sum":
        results = list(left_by_earlier_runs(Path(a).resolve() for a in args[1:]))
    elif args and all(a in SUITES for a in args[1:]):
        build = Path(args[0]).resolve()
        env = environment(build)
        results = [run(build, suite, env) for suite in args[1:] or ("unit", "e2e")]
    else:
        sys.stderr.write(__doc__)
        return 2
    passed, failed = (sum(column) for column in zip(*results)) if results else (0, 0)
    print(f"ffs: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
