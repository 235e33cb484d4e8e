# SPDX-License-Identifier: Apache-2.0
"""What the lint rules share: which files are ours, C without its comments and strings, how faults are reported."""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def files(root, *suffixes):
    """Our files with these suffixes, relative to root: what git tracks or would; everything where there is no git."""
    if (root / ".git").exists():
        # The tree may belong to somebody else than the one who checks it, as in a container.
        command = ["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "-z", "--cached", "--others",
                   "--exclude-standard"]
        out = subprocess.run(command, check=True, capture_output=True).stdout.decode()
        names = [Path(n) for n in out.split("\0") if n]
    else:
        names = [p.relative_to(root) for p in root.rglob("*") if p.is_file()]
    return sorted(n for n in names if (n.suffix in suffixes or n.name in suffixes) and (root / n).is_file())


def blank(match):
    text = match.group(0)
    if text[0] in "\"'":
        return text[0] + " " * (len(text) - 2) + text[-1]
    return re.sub(r"[^\n]", " ", text)


def code_only(text):
    """C source with comments and the insides of strings blanked; every line keeps its place."""
    return COMMENT_OR_STRING.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def report(faults, warnings=()):
    """Prints `path:line: message` lines. The exit code."""
    for w in warnings:
        print(f"warning: {w}")
    for f in faults:
        print(f, file=sys.stderr)
    return 1 if faults else 0
