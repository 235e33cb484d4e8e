#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
House rules that no other tool knows: functions that are not used, licence lines, sizes of files and functions, notes
to self, and `default` in a switch over one of our enums (it would hide a missing case from the compiler).
"""
import re
import sys

from common import ROOT, code_only, files, line_of, report

FILE_LINES = 800
FUNCTION_LINES = 70

# Name → what to use instead.
BANNED = {
    "strcpy": "ff_str and ff_buf", "strcat": "ff_buf", "strncpy": "ff_str", "strncat": "ff_buf",
    "sprintf": "snprintf or ff_buf_printf", "vsprintf": "vsnprintf", "stpcpy": "ff_buf",
    "strtok": "ff_str", "strtok_r": "ff_str", "gets": "fgets",
    "atoi": "strtoll with its checks", "atol": "strtoll with its checks", "atoll": "strtoll with its checks",
    "atof": "strtod with its checks",
    "time": "the clock that was passed in (sys/clock.h)",
}
# Only in the program: tests replace the allocator, and draw the same numbers in every run.
IN_PROGRAM = {name: f"ff_x{name}" for name in ("malloc", "calloc", "realloc", "strdup")}
IN_PROGRAM["strndup"] = "ff_arena or ff_xmalloc"
IN_PROGRAM.update({name: "sys/random.h" for name in ("rand", "srand", "random", "drand48")})
MEMORY_HOME = "src/base/common.c"

NOTE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
SPDX_C = "/* SPDX-License-Identifier: Apache-2.0 */"
SPDX_SCRIPT = "# SPDX-License-Identifier: Apache-2.0"
ENUM = re.compile(r"\benum\s+\w*\s*\{([^}]*)\}")
ENUMERATOR = re.compile(r"(?:^|,)\s*([A-Z][A-Z0-9_]*)\b")
# K&R: a definition's brace is alone at the start of a line.
FUNCTION = re.compile(r"^(\w[^\n;{}=]*\([^;{}]*\))\n\{\n", re.MULTILINE)
CALL_HEAD = r"(?<![\w.>])(?<!->)({})\s*\("


def enumerators(root):
    names = set()
    for path in files(root, ".h"):
        if path.parts[0] in ("src", "include"):
            for body in ENUM.findall(code_only((root / path).read_text(encoding="utf-8"))):
                if "=" not in body.split(",")[0] or body.count(",") > 1:
                    names.update(ENUMERATOR.findall(body))
    return names


def matching_brace(code, start):
    depth = 0
    for i in range(start, len(code)):
        if code[i] == "{":
            depth += 1
        elif code[i] == "}":
            depth -= 1
            if depth == 0:
                return i
    return len(code)


def check_switches(name, code, ours):
    for match in re.finditer(r"\bswitch\s*\(", code):
        start = code.find("{", match.end())
        if start < 0:
            continue
        body = code[start:matching_brace(code, start)]
        inner = re.sub(r"\bswitch\s*\([^{]*\{[^{}]*\}", "", body[1:])
        labels = set(re.findall(r"\bcase\s+([A-Z][A-Z0-9_]*)\b", inner))
        if re.search(r"\bdefault\s*:", inner) and labels & ours:
            yield f"{name}:{line_of(code, match.start())}: a switch over an enum has no default"


def check_c(name, text, ours):
    code = code_only(text)
    if text.split("\n", 1)[0] != SPDX_C:
        yield f"{name}:1: the first line is {SPDX_C}"
    if text.count("\n") > FILE_LINES:
        yield f"{name}: {text.count(chr(10))} lines, at most {FILE_LINES}"
    banned = dict(BANNED)
    if name.startswith(("src/", "cmd/", "include/")) and name != MEMORY_HOME:
        banned.update(IN_PROGRAM)
    for match in re.finditer(CALL_HEAD.format("|".join(banned)), code):
        yield f"{name}:{line_of(code, match.start())}: {match.group(1)}: use {banned[match.group(1)]}"
    yield from check_switches(name, code, ours)


def long_functions(name, text):
    code = code_only(text)
    for match in FUNCTION.finditer(code):
        end = code.find("\n}\n", match.end())
        lines = code.count("\n", match.end(), end) + 1
        if lines > FUNCTION_LINES:
            title = re.search(r"(\w+)\s*\(", match.group(1)).group(1)
            yield f"{name}:{line_of(code, match.start())}: {title} has {lines} lines: past {FUNCTION_LINES}, think again"


def check_script(name, text):
    head = text.split("\n")[:3]
    if SPDX_SCRIPT not in head:
        yield f"{name}:1: '{SPDX_SCRIPT}' is missing from the first lines"


def check_notes(name, text):
    for match in NOTE.finditer(text):
        yield f"{name}:{line_of(text, match.start())}: {match.group(1)}: do it, or write down why not"


def check(root):
    faults, warnings = [], []
    ours = enumerators(root)
    for path in files(root, ".c", ".h"):
        name, text = path.as_posix(), (root / path).read_text(encoding="utf-8")
        faults.extend(check_c(name, text, ours))
        warnings.extend(long_functions(name, text))
        faults.extend(check_notes(name, text))
    for path in files(root, ".py", ".sh", "run", "Makefile"):
        name, text = path.as_posix(), (root / path).read_text(encoding="utf-8")
        faults.extend(check_script(name, text))
        if path.name != "banned.py" and path.parts[:2] != ("tests", "lint"):
            faults.extend(check_notes(name, text))
    return faults, warnings


if __name__ == "__main__":
    sys.exit(report(*check(ROOT)))
