# SPDX-License-Identifier: Apache-2.0
import banned
import pytest
from conftest import SPDX


def faults(tree):
    return banned.check(tree.root)[0]


@pytest.mark.parametrize("code", [
    "strcpy(a, b);", "strcat(a, b);", "sprintf(a, b);", "strtok(a, b);", "atoi (a);", "t = time(NULL);", "rand();",
    "p = malloc(3);", "p = calloc(1, 3);", "p = realloc(p, 3);", "p = strdup(a);",
])
def test_banned_call_is_found(tree, code):
    tree("src/base/x.c", SPDX + "\nvoid\nf(void)\n{\n\t" + code + "\n}\n")
    found = faults(tree)
    assert len(found) == 1 and found[0].startswith("src/base/x.c:6: ") and ": use " in found[0]


@pytest.mark.parametrize("code", [
    "ff_xmalloc(3);", 'puts("strcpy(a, b)");', "/* strcpy(a, b) */", "// sprintf(x)", "snprintf(a, 1, b);", "c->time(c);",
    "c.time(3);", "strtok_like(a);", "uptime(3);",
])
def test_lookalike_passes(tree, code):
    tree("src/base/x.c", SPDX + "\nvoid\nf(void)\n{\n\t" + code + "\n}\n")
    assert faults(tree) == []


def test_tests_may_replace_the_allocator_but_not_use_strcpy(tree):
    tree("tests/unit/x.c", SPDX + "void *p = malloc(rand());\n")
    assert faults(tree) == []
    tree("tests/unit/x.c", SPDX + "void *p = strcpy(a, b);\n")
    assert len(faults(tree)) == 1


def test_home_of_the_allocator_may_allocate(tree):
    tree("src/base/common.c", SPDX + "void *p = malloc(3);\n")
    assert faults(tree) == []


@pytest.mark.parametrize("path, text", [
    ("src/base/x.c", "int a;\n"),
    ("src/base/x.h", "\n" + SPDX),
    ("scripts/x.sh", "#!/bin/sh\necho\n"),
    ("scripts/x.py", "print()\n"),
])
def test_missing_licence_line_is_found(tree, path, text):
    tree(path, text)
    assert len(faults(tree)) == 1 and "SPDX" in faults(tree)[0]


def test_file_past_800_lines_is_found(tree):
    tree("src/base/x.c", SPDX + "int a;\n" * 799)
    assert faults(tree) == []
    tree("src/base/x.c", SPDX + "int a;\n" * 800)
    assert "801 lines" in faults(tree)[0]


def test_function_past_70_lines_is_a_warning(tree):
    def function(lines):
        return SPDX + "\nstatic int\nlong_one(int a)\n{\n" + "\ta++;\n" * lines + "}\n"

    tree("src/base/x.c", function(70))
    assert banned.check(tree.root) == ([], [])
    tree("src/base/x.c", function(71))
    found, warnings = banned.check(tree.root)
    assert found == [] and "long_one has 71 lines" in warnings[0]


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX"])
def test_note_to_self_is_found(tree, word):
    tree("src/base/x.c", SPDX + f"/* {word}: later */\n")
    assert word in faults(tree)[0]


ENUM = SPDX + "enum colour { COLOUR_RED, COLOUR_BLUE };\n"


def switch(labels):
    return SPDX + "void\nf(int a)\n{\n\tswitch (a) {\n" + labels + "\t}\n}\n"


def test_default_in_a_switch_over_an_enum_is_found(tree):
    tree("src/base/x.h", ENUM)
    tree("src/base/x.c", switch("\tcase COLOUR_RED:\n\t\tbreak;\n\tdefault:\n\t\tbreak;\n"))
    assert "no default" in faults(tree)[0]


def test_default_in_a_switch_over_characters_passes(tree):
    tree("src/base/x.h", ENUM)
    tree("src/base/x.c", switch("\tcase 'a':\n\t\tbreak;\n\tdefault:\n\t\tbreak;\n"))
    assert faults(tree) == []


def test_complete_switch_passes(tree):
    tree("src/base/x.h", ENUM)
    tree("src/base/x.c", switch("\tcase COLOUR_RED:\n\tcase COLOUR_BLUE:\n\t\tbreak;\n"))
    assert faults(tree) == []
