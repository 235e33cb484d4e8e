# SPDX-License-Identifier: Apache-2.0
"""Tests of our own lint rules: each finds what it is there for, and leaves good code alone."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/lint"))

SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"


@pytest.fixture
def tree(tmp_path):
    """tree(path, text): a file of a project of its own; tree.root is its folder."""

    def write(path, text):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    write.root = tmp_path
    return write
