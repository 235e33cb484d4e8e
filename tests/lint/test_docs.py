# SPDX-License-Identifier: Apache-2.0
"""The generator of the reference pages reads what the code says."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import docs  # noqa: E402

STATUS = 'FF_STATUS(FF_OK, "OK", "Done")\nFF_STATUS(FF_EA, "A", "First")\nFF_STATUS(FF_EB, "B", "Second")\n'
PROBLEM = "\tcase FF_OK:\n\t\treturn 200;\n\tcase FF_EB:\n\tcase FF_EA:\n\t\treturn 404;\n"


def test_rows_are_failures_by_status():
    assert docs.error_rows(STATUS, PROBLEM) == [(404, "A", "First"), (404, "B", "Second")]


def test_errors_page_is_up_to_date():
    page = (docs.ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
    assert docs.with_table(page) == page
