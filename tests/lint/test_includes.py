# SPDX-License-Identifier: Apache-2.0
import includes
import pytest

GOOD = {
    "src/base/str.h": "",
    "src/sys/clock.h": '#include "base/str.h"\n',
    "src/domain/flag.h": "#include <jansson.h>\n#include <string.h>\n",
    "src/observability/log.h": "",
    "src/repository/repository.h": "",
    "src/repository/sqlite/sqlite.h": '#include "repository/repository.h"\n#include <sqlite3.h>\n',
    "src/repository/memory/memory.h": "",
    "src/usecase/flag_service.h": '#include "repository/repository.h"\n',
    "src/transport/http/router.h": '#include "usecase/flag_service.h"\n',
    "src/transport/http/admin/routes.c": '#include "transport/http/router.h"\n',
    "src/transport/http/sdk/routes.h": "",
    "src/app/wiring.c": '#include "repository/sqlite/sqlite.h"\n',
    "include/ff/engine.h": "#include <stddef.h>\n",
    "examples/embed/main.c": "#include <ff/engine.h>\n",
}


@pytest.fixture
def project(tree):
    for path, text in GOOD.items():
        tree(path, text)
    return tree


def test_layers_that_look_down_pass(project):
    assert includes.check(project.root) == []


@pytest.mark.parametrize("path, line, words", [
    ("src/base/map.c", '#include "sys/clock.h"', "src/base may not include"),
    ("src/domain/evaluate.c", '#include "sys/clock.h"', "src/domain may not include"),
    ("src/domain/evaluate.c", "#include <time.h>", "pure"),
    ("src/domain/evaluate.c", "#include <sys/socket.h>", "pure"),
    ("src/usecase/flag_service.c", '#include "repository/sqlite/sqlite.h"', "src/usecase may not include"),
    ("src/usecase/flag_service.c", '#include "transport/http/router.h"', "src/usecase may not include"),
    ("src/transport/http/router.c", '#include "repository/repository.h"', "src/transport may not include"),
    ("src/transport/http/router.c", '#include "app/wiring.h"', "not under src/"),
    ("src/transport/http/admin/flags.c", '#include "transport/http/sdk/routes.h"', "may not see"),
    ("src/transport/http/server.c", '#include "transport/http/sdk/routes.h"', "may not know what is below"),
    ("src/repository/sqlite/tx.c", '#include "repository/memory/memory.h"', "may not see"),
    ("src/usecase/x.c", "#include <sqlite3.h>", "only for src/repository/sqlite"),
    ("src/app/x.c", "#include <uv.h>", "only for"),
    ("src/base/x.c", "#include <openssl/evp.h>", "only for"),
    ("src/base/x.c", "#include <leftpad.h>", "not known"),
    ("src/base/x.c", '#include "str.h"', "not under src/"),
    ("src/base/x.c", "#include <cmocka.h>", "only for tests"),
    ("src/misc/x.c", "", "in no layer"),
    ("src/sys/x.c", '  #  include "domain/flag.h"', "src/sys may not include"),
])
def test_forbidden_include_is_found(project, path, line, words):
    project(path, "\n" + line + "\n")
    faults = includes.check(project.root)
    assert len(faults) == 1
    assert words in faults[0]
    assert faults[0].startswith(path)


def test_fault_names_the_line(project):
    project("src/base/x.c", '\n\n\n#include "sys/clock.h"\n')
    assert includes.check(project.root)[0].startswith("src/base/x.c:4: ")
