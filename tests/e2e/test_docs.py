# SPDX-License-Identifier: Apache-2.0
"""
The documentation's examples are true: each page's ```console blocks are typed into a shell, top to bottom, against a
server that has just been started, and print what the page shows. `$ ` begins a command, `> ` continues it; what changes
from run to run (times, ids, the build) is not compared.
"""
import os
import re
import subprocess
from pathlib import Path

import pytest
from server import FFS_BIN, clean_environment

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(p for p in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
               if p.exists() and "```console" in p.read_text(encoding="utf-8"))
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
CHANGING = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?"), "<time>"),
    (re.compile(r'("requestId":\s*)"[^"]*"'), r'\1"<id>"'),
    (re.compile(r"(?i)^(x-request-id|date|ffs-age-ms): .*$", re.MULTILINE), r"\1: <changes>"),
    (re.compile(r"ffs_root_[0-9A-Za-z]{22}_[0-9A-Za-z]{43}"), "<key>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "<server>"),
]


def examples(text):
    """(command, what it prints) of all blocks of a page, in order."""
    for block in BLOCK.findall(text):
        command, output = None, []
        for line in block.splitlines():
            if line.startswith("$ "):
                if command is not None:
                    yield command, "\n".join(output)
                command, output = line[2:], []
            elif line.startswith("> ") and not output:
                command += "\n" + line[2:]
            else:
                output.append(line)
        if command is not None:
            yield command, "\n".join(output)


def plain(text):
    for pattern, replacement in CHANGING:
        text = pattern.sub(replacement, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def test_readme_has_a_tour():
    assert len(list(examples((ROOT / "README.md").read_text(encoding="utf-8")))) >= 5


@pytest.mark.parametrize("page", PAGES, ids=[str(p.relative_to(ROOT)) for p in PAGES])
def test_examples_print_what_the_page_shows(make_server, tmp_path, page):
    server = make_server()
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "ffs").symlink_to(FFS_BIN)
    env = clean_environment({"FFS_URL": server.url, "PATH": f"{tools}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"})
    work = tmp_path / "work"
    work.mkdir()
    for command, shown in examples(page.read_text(encoding="utf-8")):
        typed = command.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}").replace("build/ffs", "ffs")
        outcome = subprocess.run(["bash", "-c", typed], env=env, cwd=work, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        assert plain(outcome.stdout.replace("\r", "")) == plain(shown), f"{page.name}: {command}"
