#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Who may include whom. The layers are a table; a folder that is not in it is a fault, and so is a header of a library
outside the module that wraps it.
"""
import re
import sys
from pathlib import Path

from common import ROOT, files, line_of, report

EVERYTHING = "everything"
PORTS = {"repository/repository.h", "cache/cache.h", "events/events.h"}
ENGINE = {"base", "domain"}
BELOW_PORTS = {"base", "sys", "domain", "observability"}

# Folder → folders and single headers that it may include besides its own.
LAYERS = {
    "src/base": set(),
    "src/sys": {"base"},
    "src/observability": {"base", "sys"},
    "src/domain": {"base"},
    "src/repository": BELOW_PORTS,
    "src/cache": BELOW_PORTS,
    "src/events": BELOW_PORTS,
    "src/usecase": BELOW_PORTS | PORTS,
    "src/transport": BELOW_PORTS | {"usecase"},
    "src/app": EVERYTHING,
    "cmd": EVERYTHING,
    "include": set(),
    "examples": {"ff"},
    "tests": EVERYTHING,
}

# Siblings that never see each other: below each of these, a folder may include its own files and the parent's.
ISLANDS = ("src/repository", "src/cache", "src/events", "src/transport/http")

# Header of a library → the folders that wrap it. Tests may use what they test against.
VENDORS = {
    "jansson.h": ("src/base", "src/domain", "src/usecase", "src/transport/http/admin", "src/app", "cmd"),
    "xxhash.h": ("src/base", "src/domain"),
    "pcre2.h": ("src/domain",),
    "uv.h": ("src/sys", "src/transport/http"),
    "http_parser.h": ("src/transport/http",),
    "llhttp.h": ("src/transport/http",),
    "sqlite3.h": ("src/repository/sqlite",),
    "libpq-fe.h": ("src/repository/postgres",),
    "openssl/": ("src/sys",),
    "curl/": ("cmd",),
    "cmocka.h": (),
    "regex.h": (),  # PCRE2 is ours; the tests' reference takes another one
}

SYSTEM = set("""
arpa/inet.h assert.h ctype.h dirent.h dlfcn.h emmintrin.h endian.h errno.h fcntl.h features.h float.h getopt.h
immintrin.h inttypes.h limits.h linux/limits.h locale.h malloc.h math.h net/if.h netdb.h netinet/in.h netinet/tcp.h
poll.h pthread.h sched.h setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h
stdlib.h stdnoreturn.h string.h strings.h sys/epoll.h sys/eventfd.h sys/file.h sys/ioctl.h sys/mman.h sys/mount.h
sys/prctl.h sys/queue.h sys/random.h sys/resource.h sys/signalfd.h sys/socket.h sys/stat.h sys/statvfs.h sys/syscall.h
sys/time.h sys/types.h sys/uio.h sys/un.h sys/wait.h syslog.h time.h unistd.h
""".split())

# The engine is pure: no clock, file, socket or thread is within its reach.
IMPURE = set("""
dirent.h fcntl.h netdb.h poll.h pthread.h sched.h signal.h sys/epoll.h sys/eventfd.h sys/file.h sys/ioctl.h sys/mman.h
sys/random.h sys/socket.h sys/stat.h sys/syscall.h sys/time.h sys/uio.h sys/un.h sys/wait.h syslog.h time.h unistd.h
""".split())

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def under(path, folder):
    return path == folder or path.startswith(folder + "/")


def layer_of(path):
    return next((layer for layer in LAYERS if under(path, layer)), None)


def check_vendor(path, header):
    owner = next((v for v in VENDORS if header == v or (v.endswith("/") and header.startswith(v))), None)
    if owner is None:
        if header not in SYSTEM:
            return f"<{header}> is not known: say in scripts/lint/includes.py which module wraps it"
    elif not under(path, "tests") and not any(under(path, f) for f in VENDORS[owner]):
        return f"<{header}> is only for {', '.join(VENDORS[owner]) or 'tests'}"
    if under(path, "src/domain") and header in IMPURE:
        return f"<{header}>: src/domain is pure and takes times and memory as arguments"
    return None


def check_own(root, path, header):
    # src/ is not above these: their own headers lie beside them.
    if (under(path, "tests") or under(path, "cmd")) and (root / Path(path).parent / header).exists():
        return None
    if under(path, "tests") and header.startswith("support/") and (root / "tests" / header).exists():
        return None
    if (root / "include" / header).exists():
        return None if LAYERS[layer_of(path)] is EVERYTHING or under(path, "src/domain") or under(path, "include") or \
            under(path, "examples") else f'"{header}" is the public interface; inside, include what it wraps'
    target = "src/" + header
    if not (root / target).exists():
        return f'"{header}" is not under src/: includes are written from there'
    layer = layer_of(path)
    if layer_of(target) is None:
        return f'"{header}" is in no layer: add its folder to scripts/lint/includes.py'
    allowed = LAYERS[layer]
    if allowed is EVERYTHING:
        return None
    if layer_of(target) != layer and header not in allowed and header.split("/")[0] not in allowed:
        return f'{layer} may not include "{header}"'
    for island in ISLANDS:
        if under(path, island) and under(target, island):
            mine = Path(path).parent.relative_to(island).parts
            its = Path(target).parent.relative_to(island).parts
            if mine and its and mine[0] != its[0]:
                return f'{island}/{mine[0]} may not see "{header}"'
            if not mine and its:
                return f'{island} may not know what is below it: "{header}"'
    return None


def check(root):
    faults = []
    for path in files(root, ".c", ".h", ".def"):
        name = path.as_posix()
        if layer_of(name) is None:
            faults.append(f"{name}:1: this folder is in no layer: add it to scripts/lint/includes.py")
            continue
        text = (root / path).read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            header = match.group(2)
            fault = check_vendor(name, header) if match.group(1) == "<" else check_own(root, name, header)
            if match.group(1) == "<" and (root / "include" / header).exists():
                fault = None if under(name, "examples") or under(name, "tests") else f'"{header}" is ours: quote it'
            if fault:
                faults.append(f"{name}:{line_of(text, match.start(1))}: {fault}")
    return faults


if __name__ == "__main__":
    sys.exit(report(check(ROOT)))
