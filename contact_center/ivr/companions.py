"""What a flow uses besides its own file: calendars, tables and the flows it calls, read into it.

They lie beside the flow: `calendars.yaml`, `tables/NAME.csv`, `NAME.yaml`, `prompts/LANGUAGE/KEY.wav`. Their
content is part of the flow's version, so that a caller keeps all of what he entered.
"""

import csv
import datetime as dt
import io
import re
import wave
import zoneinfo
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

import yaml

from contact_center.ivr.calendar import Calendar
from contact_center.ivr.source import FLOW_NAME, Finding, Source, compose_file, read_bytes
from contact_center.runtime.sentences import Sentence, Word, sentence

CALENDARS = "calendars.yaml"
TABLES = "tables"
MOST_ROWS = 20_000
MOST_FAULTS = 100
LARGEST_TABLE_BYTES = 1_000_000
LARGEST_RECORDING_BYTES = 20_000_000
PLAYED = (8000, 1, 16)
"""Hertz, channels and bits of what conversations play."""
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIRST_YEAR, LAST_YEAR = 2020, 2045
"""Between these a zone's changes of offset are known; before and after the nearest one holds."""

_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_RECORDING = re.compile(r"[a-z]{2,8}/[A-Za-z0-9_-]{1,64}")


def recording_of(folder: Path, name: str) -> Path | None:
    """The recording `LANGUAGE/KEY` or `music/KEY` in a folder of prompts; only plain names have one."""
    file = folder / f"{name}.wav"
    return file if _RECORDING.fullmatch(name) and file.is_file() else None


def unplayable(sound: BinaryIO | str) -> Sentence | None:
    """Why conversations could not play a recording (a file or its path); raises `OSError`."""
    try:
        with wave.open(sound) as opened:
            rate_hz, channels = opened.getframerate(), opened.getnchannels()
            bits = opened.getsampwidth() * 8
    except (wave.Error, EOFError) as error:
        return sentence("not a WAV file: {why}", why=Word(str(error) or "it ends too early"))
    if (rate_hz, channels, bits) == PLAYED:
        return None
    return sentence(
        "is {rate_hz} Hz, {channels} channel(s), {bits} bit; prompts are "
        "8000 Hz mono 16 bit (convert with: sox IN -r 8000 -c 1 -b 16 OUT)",
        rate_hz=rate_hz,
        channels=channels,
        bits=bits,
    )


def read_recording(file: Path) -> tuple[bytes, list[Finding]]:
    """Its content, and what is wrong with it."""
    source = Source(str(file))
    try:
        content = read_bytes(file, LARGEST_RECORDING_BYTES)
        if len(content) > LARGEST_RECORDING_BYTES:
            source.find(1, "it is larger than {most} bytes", most=LARGEST_RECORDING_BYTES)
        elif fault := unplayable(io.BytesIO(content)):
            source.find(1, fault)
        else:
            return content, []
    except OSError as error:
        source.find(1, "the recording cannot be read: {why}", why=Word(error.strerror))
    return b"", source.findings


def day_of(date: dt.date) -> int:
    """Days since 1970-01-01."""
    return date.toordinal() - _EPOCH_DAY


@cache
def offsets_of(zone: str) -> tuple[tuple[float, int], ...]:
    """When a zone's offset from UTC changes, to the minute; raises `ZoneInfoNotFoundError`, `ValueError`."""
    info = zoneinfo.ZoneInfo(zone)

    def offset_s(at: float) -> int:
        offset = dt.datetime.fromtimestamp(at, info).utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0

    at = dt.datetime(FIRST_YEAR, 1, 1, tzinfo=dt.UTC).timestamp()
    end = dt.datetime(LAST_YEAR, 1, 1, tzinfo=dt.UTC).timestamp()
    changes = [(at, offset_s(at))]
    while at < end:
        after = at + 86_400.0
        if offset_s(after) != changes[-1][1]:
            low, high = at, after
            while high - low > 60:
                middle = (low + high) // 120 * 60
                low, high = (low, middle) if offset_s(middle) != changes[-1][1] else (middle, high)
            changes.append((high, offset_s(high)))
        at = after
    return tuple(changes)


def read_calendars(file: Path) -> tuple[bytes, dict[str, Calendar], list[Finding]]:
    """Every calendar of a file, with its content and what is wrong with it; all empty without the file."""
    source = Source(str(file))
    if not file.is_file():
        return b"", {}, []
    content, root = compose_file(source)
    if root is None:
        return content, {}, source.findings
    calendars: dict[str, Calendar] = {}
    for name, node in _entries(source, root, sentence("a file of calendars")):
        read = _calendar(source, name, node)
        if read is not None:
            calendars[name] = read
    return content, calendars, source.findings


def _calendar(source: Source, name: str, node: yaml.Node) -> Calendar | None:
    written = dict(_entries(source, node, sentence("calendar {name!r}", name=name)))
    for key in written.keys() - {"zone", "hours", "holidays", "special"}:
        source.find(written[key], "a calendar has no {key!r}; known: zone, hours, holidays, special", key=key)
    if not FLOW_NAME.fullmatch(name):
        source.find(node, "{name!r} is not a calendar name: small letters, digits and _", name=name)
    zone = str(written["zone"].value) if isinstance(written.get("zone"), yaml.ScalarNode) else ""
    try:
        offsets = offsets_of(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        source.find(
            written.get("zone", node), "there is no time zone {zone!r}; one is Europe/Berlin", zone=zone
        )
        return None
    weekly: list[tuple[tuple[int, int], ...]] = [()] * 7
    for days, spans in _entries(source, written["hours"], "'hours'") if "hours" in written else ():
        for weekday in _days(source, written["hours"], days):
            weekly[weekday] = _spans(source, spans)
    special = {
        day: _spans(source, spans)
        for date, spans in (_entries(source, written["special"], "'special'") if "special" in written else ())
        if (day := _date(source, spans, date)) is not None
    }
    holidays = {
        day
        for each in (_items(source, written["holidays"], "'holidays'") if "holidays" in written else ())
        if (day := _date(source, each, str(each.value) if isinstance(each, yaml.ScalarNode) else ""))
        is not None
    }
    return Calendar(
        zone=zone, offsets=offsets, weekly=tuple(weekly), holidays=frozenset(holidays), special=special
    )


def _days(source: Source, where: yaml.Node, text: str) -> range | tuple[int, ...]:
    """`mon`, or `mon-fri`."""
    first, _, last = text.partition("-")
    if first not in WEEK or (last or first) not in WEEK:
        source.find(
            where, "{text!r} is no day: {known}, or two of them with -", text=text, known=", ".join(WEEK)
        )
        return ()
    begin, end = WEEK.index(first), WEEK.index(last or first)
    return range(begin, end + 1) if begin <= end else (*range(begin, 7), *range(end + 1))


def _spans(source: Source, node: yaml.Node) -> tuple[tuple[int, int], ...]:
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    spans = []
    for item in items:
        found = _SPAN.fullmatch(str(item.value)) if isinstance(item, yaml.ScalarNode) else None
        minutes = [int(part) for part in found.groups()] if found is not None else [0] * 4
        begin, end = minutes[0] * 60 + minutes[1], minutes[2] * 60 + minutes[3]
        if not begin < end <= 24 * 60:
            source.find(item, "hours are written as 09:00-17:30, the later time last")
        else:
            spans.append((begin, end))
    return tuple(spans)


def _date(source: Source, where: yaml.Node, text: str) -> int | None:
    try:
        return day_of(dt.date.fromisoformat(text))
    except ValueError:
        source.find(where, "{text!r} is no date; one is 2026-12-25", text=text)
        return None


def _entries(source: Source, node: yaml.Node, what: str) -> Iterator[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        source.find(node, "{what} is written as `key: value` lines", what=what)
        return
    seen: set[str] = set()
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if not name:
            source.find(key, "a key of {what} is a plain name", what=what)
            continue
        if name in seen:
            source.find(key, "{what} says {name!r} twice", what=what, name=name)
        seen.add(name)
        yield name, value


def _items(source: Source, node: yaml.Node, what: str) -> list[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    source.find(node, "{what} is a list", what=what)
    return []


def read_table(file: Path) -> tuple[bytes, dict[str, dict[str, str]], list[Finding]]:
    """A CSV file by its first column; the first line names the columns."""
    source = Source(str(file))
    try:
        content = read_bytes(file, LARGEST_TABLE_BYTES)
        if len(content) > LARGEST_TABLE_BYTES:
            source.find(1, "the table is larger than {most} bytes", most=LARGEST_TABLE_BYTES)
            return b"", {}, source.findings
        return content, _rows(source, content.decode("utf-8-sig")), source.findings
    except OSError as error:
        source.find(1, "the table cannot be read: {why}", why=Word(error.strerror))
    except UnicodeDecodeError:
        source.find(1, "the table is not UTF-8 text")
    return b"", {}, source.findings


def _rows(source: Source, text: str) -> dict[str, dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        head = next(reader, [])
        if not head or len(set(head)) != len(head) or not all(head):
            source.find(1, "the first line names the columns, each once")
            return {}
        for row in reader:
            if row and len(row) != len(head):
                wanted = len(head)
                source.find(
                    reader.line_num, "the row has {found} values, not {wanted}", found=len(row), wanted=wanted
                )
            elif row and row[0] in rows:
                source.find(reader.line_num, "key {key!r} is there twice", key=row[0])
            elif row:
                rows[row[0]] = dict(zip(head, row, strict=True))
            if len(rows) > MOST_ROWS:
                source.find(reader.line_num, "a table has at most {most} rows", most=MOST_ROWS)
            if len(rows) > MOST_ROWS or len(source.findings) > MOST_FAULTS:
                break
    except csv.Error as error:
        source.find(1, "this is not CSV: {why}", why=Word(str(error)))
    return rows
