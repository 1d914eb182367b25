"""`docs/reference/sip.md` says of everything which test shows it: each row names one, and it is there."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "sip.md"
SIPP = ROOT / "load_tests" / "sipp"
FOLDERS = ("races", "forks", "timers", "overload")
FILE = r"(?:unit|properties|integration|contracts|e2e)/\w+\.py"
FUNCTION = re.compile(r"^(?:async )?def (\w+)", re.MULTILINE)


def sections() -> list[tuple[str, str]]:
    parts = re.split(r"^## (.+)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return [pair for pair in zip(parts[1::2], parts[2::2], strict=True) if "\n|" in pair[1]]


def cells(section: str) -> Iterator[tuple[str, str]]:
    """Every row's last cell, and what stands before its table, heading included."""
    before: list[str] = []
    under = False
    for line in section.splitlines():
        if line.startswith("| ---"):
            under = True
        elif under and line.startswith("|"):
            yield "\n".join(before), line.rstrip("| ").rpartition("| ")[2]
        else:
            before, under = ([] if under else before), False
            before.append(line)


def named(section: str) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Each cell with the (file, function, case) it names.

    `::test_x` is in the file named last, a bare `test_x` in the one that stands before the table.
    """
    file = ""
    for before, cell in cells(section):
        usual = next(iter(re.findall(FILE, before)), "")
        found = []
        for token in re.findall(r"`([^`]+)`", cell):
            path, colons, rest = token.rpartition("::")
            file = path or file or usual
            if re.fullmatch(FILE, token):
                file = token
                found.append((file, "", ""))
            elif colons or rest.startswith("test_"):
                function, _, case = rest.partition("[")
                found.append((file if colons or not usual else usual, function, case.rstrip("]")))
            elif usual and list(SIPP.rglob(f"{token.rpartition('/')[2]}.xml")):
                found.append((usual, "", ""))
        yield cell, found


@pytest.mark.parametrize("section", [pytest.param(body, id=name) for name, body in sections()])
def test_every_row_names_a_test_that_is_there(section: str) -> None:
    wrong = []
    for cell, tests in named(section):
        wrong += [] if tests or re.fullmatch(r"\d{3}", cell) else [f"no test: {cell}"]
        for file, function, case in tests:
            there = ROOT / "tests" / file
            names = FUNCTION.findall(there.read_text("utf-8")) if there.is_file() else []
            for name in filter(None, (function or "test_*", case)):
                if not any(fnmatchcase(each, name) for each in names):
                    wrong.append(f"{file} has no {name}")
    assert not wrong


def test_every_race_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    races = [path.stem for folder in FOLDERS for path in (SIPP / folder).glob("*.xml")]
    assert races
    assert [race for race in races if race not in page] == []
