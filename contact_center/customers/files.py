"""Rows of CSV and JSON files, one at a time: a file of any length needs the memory of one row.

JSON is an array of objects, or objects one after another (JSON lines).
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

Format = Literal["csv", "json"]
_CHUNK = 1 << 16


class FileFault(Exception):  # noqa: N818  # a fault, as everywhere here
    """The file itself is wrong, so that no further row can be told apart; the message says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`line` counts from 1 in the file (CSV) or is the number of the object (JSON); `fields` as written."""

    line: int
    fields: dict[str, Any]


def format_of(path: Path) -> Format:
    """By the name of the file; raises `FileFault`."""
    match path.suffix.lower():
        case ".csv":
            return "csv"
        case ".json" | ".jsonl" | ".ndjson":
            return "json"
        case _:
            raise FileFault(f"{path.name} must end with .csv, .json or .jsonl")


def rows(path: Path, read_bytes: Callable[[int], None] = lambda _: None) -> Iterator[Row]:
    """Every row; `read_bytes` is told how far in the file it is. Raises `FileFault`."""
    reader = _csv if format_of(path) == "csv" else _json
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
        try:
            for number, row in enumerate(reader(file)):
                if number % 500 == 0:
                    read_bytes(raw.tell())
                yield row
        except UnicodeDecodeError as error:
            raise FileFault(f"{path.name} is not UTF-8: {error}") from error


def _csv(file: IO[str]) -> Iterator[Row]:
    reader = csv.reader(file, strict=True)
    try:
        header = next(reader, None)
        if not header:
            raise FileFault("the file has no header line")
        names = [name.strip() for name in header]
        for values in reader:
            if not values:
                continue
            if len(values) != len(names):
                fields: dict[str, Any] = {"": f"{len(values)} values for {len(names)} columns"}
            else:
                fields = dict(zip(names, values, strict=True))
            yield Row(line=reader.line_num, fields=fields)
    except csv.Error as error:
        raise FileFault(f"line {reader.line_num}: {error}") from error


def _json(file: IO[str]) -> Iterator[Row]:
    decoder, text, number = json.JSONDecoder(), "", 0
    more = True
    while more or text:
        text = text.lstrip(" \t\r\n,[]")
        try:
            value, end = decoder.raw_decode(text) if text else (None, 0)
        except json.JSONDecodeError as error:
            if not more:
                raise FileFault(f"object {number + 1}: {error.msg}") from error
            end = 0
        if end:
            number += 1
            if not isinstance(value, dict):
                raise FileFault(f"object {number}: {type(value).__name__} instead of an object")
            yield Row(line=number, fields=value)
            text = text[end:]
            continue
        chunk = file.read(max(_CHUNK, len(text)))
        more, text = bool(chunk), text + chunk


class Writer:
    """Writes rows as CSV, or as JSON lines; the columns are those of the first row's keys given."""

    def __init__(self, file: IO[str], format_: Format, columns: Iterable[str]) -> None:
        self._file, self._format = file, format_
        self._csv = csv.DictWriter(file, list(columns), lineterminator="\n") if format_ == "csv" else None
        if self._csv is not None:
            self._csv.writeheader()

    def write(self, fields: dict[str, Any]) -> None:
        """In CSV, lists are joined with `;` and None is empty."""
        if self._csv is None:
            self._file.write(json.dumps(fields, ensure_ascii=False) + "\n")
        else:
            self._csv.writerow({name: _cell(value) for name, value in fields.items()})


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return ";".join(map(str, value))
    return "" if value is None else value
