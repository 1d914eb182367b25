"""What is generated from the code is what is committed."""

from pathlib import Path

import pytest

from contact_center.reference import pages

PAGES = pages()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_committed_page_is_the_generated_one(path: Path) -> None:
    committed = {p: p.read_text(encoding="utf-8") if p.exists() else "" for p in PAGES}
    assert committed[path] == PAGES[path], "run: python -m contact_center.reference"
