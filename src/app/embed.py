#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns a text file into a C string: embed.py NAME INPUT OUTPUT"""
import pathlib
import sys

ESCAPES = {0x22: '\\"', 0x5C: "\\\\", 0x0A: "\\n", 0x09: "\\t"}

name, source, output = sys.argv[1:]
lines = pathlib.Path(source).read_bytes().splitlines(keepends=True)
text = ["/* Made by src/app/embed.py. */", f'#include "app/{name}.h"', "", f"const char {name}_json[] ="]
for line in lines:
    text.append('\t"' + "".join(ESCAPES.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in line) + '"')
text[-1] += ";"
pathlib.Path(output).write_text("\n".join(text) + "\n", encoding="ascii")
