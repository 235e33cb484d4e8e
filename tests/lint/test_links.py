# SPDX-License-Identifier: Apache-2.0
import links
import pytest


@pytest.mark.parametrize("link", ["b.md", "./b.md#two-words", "docs/", "#here-we-are", "https://example.org/x",
                                  "mailto:a@example.org"])
def test_good_link_passes(tree, link):
    tree("a.md", f"# Here we are\n[x]({link})\n")
    tree("b.md", "## Two `words`!\n")
    tree("docs/x.md", "")
    assert links.check(tree.root) == []


@pytest.mark.parametrize("link", ["nope.md", "docs/nope.md", "b.md#nope", "#nope", "../outside.md"])
def test_broken_link_is_found(tree, link):
    tree("a.md", f"# A\n\n[x]({link})\n")
    tree("b.md", "# B\n")
    assert len(links.check(tree.root)) == 1
    assert links.check(tree.root)[0].startswith("a.md:3: ")


def test_code_is_no_link(tree):
    tree("a.md", "```\n[x](nope.md)\n```\n")
    assert links.check(tree.root) == []


def test_reference_definition_is_a_link(tree):
    tree("a.md", "[x][y]\n\n[y]: nope.md\n")
    assert len(links.check(tree.root)) == 1
