#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Writes the reference pages that are made from the code: docs.py BUILD [--check]

docs/reference/errors.md         the table, from src/base/status.def and src/transport/http/problem.c
docs/reference/configuration.md  all of it, from `ffs config --markdown`

--check changes nothing and fails where a page is not up to date.
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- made by scripts/docs.py -->\n", "<!-- end -->\n"
STATUS = re.compile(r'^FF_STATUS\((\w+), "(\w+)", "([^"]+)"\)', re.MULTILINE)
CASES = re.compile(r"((?:\s*case FF_\w+:)+)\s*return (\d+);")
NO_FAILURE = {"FF_OK", "FF_ENOTMODIFIED", "FF_ECANCELLED"}


def error_rows(status_def, problem_c):
    """(HTTP status, code, title), by status."""
    http = {name: int(status) for names, status in CASES.findall(problem_c)
            for name in re.findall(r"FF_\w+", names)}
    rows = {(http[name], code, title) for name, code, title in STATUS.findall(status_def) if name not in NO_FAILURE}
    return sorted(rows)


def error_table():
    rows = error_rows((ROOT / "src/base/status.def").read_text(), (ROOT / "src/transport/http/problem.c").read_text())
    lines = ["| status | `code` | means |", "| --- | --- | --- |"]
    lines += [f"| {status} | `{code}` | {title} |" for status, code, title in rows]
    return "\n".join(lines) + "\n"


def with_table(page):
    head, rest = page.split(BEGIN)
    return head + BEGIN + error_table() + END + rest.split(END)[1]


def configuration(build):
    return subprocess.run([build / "cmd/ffs/ffs", "config", "--markdown"], check=True, capture_output=True,
                          text=True).stdout


def main(args):
    check = "--check" in args
    build = Path(next(a for a in args if a != "--check")).resolve()
    errors = ROOT / "docs/reference/errors.md"
    wanted = {errors: with_table(errors.read_text(encoding="utf-8")),
              ROOT / "docs/reference/configuration.md": configuration(build)}
    stale = [p for p, text in wanted.items() if not p.exists() or p.read_text(encoding="utf-8") != text]
    for path in stale:
        if check:
            print(f"{path.relative_to(ROOT)} is not up to date: run make docs", file=sys.stderr)
        else:
            path.write_text(wanted[path], encoding="utf-8")
            print(path.relative_to(ROOT))
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
