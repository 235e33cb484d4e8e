#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every relative link of the documentation leads somewhere: the file is there, and has the heading."""
import re
import sys
from urllib.parse import unquote

from common import ROOT, files, line_of, report

FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s*(\S+)",
                  re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def without_fences(text):
    return FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)


def anchors(text):
    """The anchors that GitHub gives a page's headings."""
    found = set()
    for heading in HEADING.findall(without_fences(text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        n, unique = 0, slug
        while unique in found:
            n += 1
            unique = f"{slug}-{n}"
        found.add(unique)
    return found


def check(root):
    faults = []
    for path in files(root, ".md"):
        text = (root / path).read_text(encoding="utf-8")
        prose = without_fences(text)
        for match in LINK.finditer(prose):
            target = unquote(match.group(1) or match.group(2))
            if ELSEWHERE.match(target):
                continue
            name, _, anchor = target.partition("#")
            page = (root / path.parent / name).resolve() if name else root / path
            where = f"{path.as_posix()}:{line_of(prose, match.start())}"
            if not page.exists():
                faults.append(f"{where}: {target} is not there")
            elif anchor and page.suffix == ".md" and anchor not in anchors(page.read_text(encoding="utf-8")):
                faults.append(f"{where}: {target}: no such heading")
    return faults


if __name__ == "__main__":
    sys.exit(report(check(ROOT)))
