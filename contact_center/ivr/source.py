"""A YAML file as a tree of nodes with line numbers, and the faults found in it.

Files may be hostile: size, nesting, aliases and the number of values are limited before anything is built.
"""

import difflib
import errno
import io
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from contact_center.ivr.expressions import Value
from contact_center.ivr.flow import Flow
from contact_center.runtime.sentences import Sentence, Word, joined, sentence

LARGEST_FILE_BYTES = 1_000_000
DEEPEST = 20
MOST_VALUES = 50_000
MOST_ALIASES = 50
MOST_GUESSES, MOST_NAMES = 50, 1000
"""Guessing what was meant compares a word with every name: a hostile file must not make that long."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
INTEGER = re.compile(r"-?\d{1,15}")
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,9})?")

FLOW_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
NUMBERLIKE = re.compile(
    r"-?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?|0[xo][\da-fA-F]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
"""What YAML takes for a number, and we may not."""

HIDDEN = re.compile(
    "[\x85\u200b\u2028\u2029\u2060\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Characters that make a text read otherwise than it is (Unicode TR 36), or end a line unseen (YAML 1.1).

Joiners are needed and stay.
"""
YAML_TAG = "tag:yaml.org,2002:"
LONGEST_KEY = 1024
"""Of libyaml."""
LONGEST_QUOTE = 500
"""Characters of a value that a sentence quotes."""

Place = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault in a flow file, told in a sentence."""

    file: str
    line: int
    sentence: Sentence

    @property
    def whole(self) -> Sentence:
        """With its place: file, line, sentence."""
        return sentence("{file}:{line}: {sentence}", file=self.file, line=self.line, sentence=self.sentence)

    def __str__(self) -> str:
        return str(self.whole)


class FlowError(ValueError):
    """A flow file is faulty; `findings` holds every fault."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        self.sentence = joined("\n", [each.whole for each in self.findings])
        super().__init__(self.sentence)


@dataclass(slots=True)
class Source:
    """What could be read of a file: the flow without `broken` nodes, the line of each path, the faults."""

    file: str
    flow: Flow | None = None
    broken: set[str] = field(default_factory=set)
    lines: dict[Place, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    companions: dict[str, bytes] = field(default_factory=dict)
    """What the flow uses beside its file, by path relative to the file's folder."""
    called: "dict[str, Source]" = field(default_factory=dict)
    content: bytes = b""

    def find(self, where: yaml.Node | int | Place, template: str, /, **values: object) -> None:
        """A fault at a node, a line or a path: a sentence, or its template and values."""
        if isinstance(where, tuple):
            while where not in self.lines and where:
                where = where[:-1]
            line = self.lines.get(where, 1)
        else:
            line = where if isinstance(where, int) else where.start_mark.line + 1
        quoted = {name: _short(value) for name, value in values.items()}
        self.findings.append(Finding(self.file, line, sentence(template, **quoted)))

    def near(self, word: str, known: Iterable[str]) -> str:
        """What the author may have meant, as the end of a sentence; not for the rest of many faults."""
        names = list(known)
        if len(self.findings) > MOST_GUESSES or len(names) > MOST_NAMES:
            return ""
        near = difflib.get_close_matches(word, names, n=1)
        return sentence("; did you mean {name!r}?", name=near[0]) if near else ""


def _short(value: object) -> object:
    """A text out of the file, which may be a megabyte long."""
    if type(value) is str and len(value) > LONGEST_QUOTE:
        return f"{value[:LONGEST_QUOTE]}…"
    return value


def read_bytes(file: Path, most: int) -> bytes:
    """What is in a file, at most one byte more than `most`.

    Raises `OSError`, also for a pipe or a device, which may never end.
    """
    mode = file.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "Not a regular file")
    with file.open("rb") as opened:
        return opened.read(most + 1)


def compose_file(source: Source, content: bytes | None = None) -> tuple[bytes, yaml.Node | None]:
    """The file's content and its tree; None, with a finding, when it is not readable as one.

    `content` takes the place of what is in the file: a draft of it.
    """
    file = Path(source.file)
    try:
        content = read_bytes(file, LARGEST_FILE_BYTES) if content is None else content
        if len(content) > LARGEST_FILE_BYTES:
            source.find(1, "the file is larger than {most} bytes", most=LARGEST_FILE_BYTES)
            return b"", None
    except OSError as error:
        source.find(1, "the file cannot be read: {why}", why=Word(error.strerror))
        return b"", None
    return content, compose(content, source)


def compose(content: bytes, source: Source) -> yaml.Node | None:
    """Bytes to a tree of YAML nodes, refusing what is too large to be a flow."""
    try:
        text = content.decode("utf-8-sig")
        hidden = HIDDEN.search(text)
        if hidden is not None:
            line = text.count("\n", 0, hidden.start()) + 1
            source.find(line, "the invisible character U+{code:04X} is not allowed", code=ord(hidden[0]))
            return None
        aliases = depth = 0
        for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
            aliases += isinstance(event, yaml.AliasEvent)
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            line = event.start_mark.line + 1  # type: ignore[union-attr]  # parsed events have marks
            tag = getattr(event, "tag", None)
            if count > MOST_VALUES:
                source.find(line, "the file holds more than {most} values", most=MOST_VALUES)
            elif aliases > MOST_ALIASES:
                source.find(line, "the file uses more than {most} aliases", most=MOST_ALIASES)
            elif depth > DEEPEST:
                source.find(line, "values are nested more than {most} deep", most=DEEPEST)
            elif tag not in (None, "!"):
                source.find(line, "a value has no tag such as {tag!r}", tag=tag.replace(YAML_TAG, "!!"))
            else:
                continue
            return None
        root = yaml.compose(text, Loader=_LOADER)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        source.find(line, "the file is not UTF-8 text")
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        if _key_is_too_long(text, line):
            source.find(line, "a key has at most {most} characters", most=LONGEST_KEY)
            return None
        line = min(line, len(text.splitlines()) or 1)  # the end of the file is no line of it
        source.find(line, "this is not YAML: {why}", why=Word(error.problem or error.context))
        return None
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        told = sentence(
            "unacceptable character #x{code:04x}: {why}", code=error.character, why=Word(error.reason)
        )
        source.find(line, "this is not YAML: {why}", why=told)
        return None
    if root is None:
        source.find(1, "the file is empty")
    elif not _expands_within_bounds(root):
        source.find(1, "its aliases expand to too many values")
        return None
    return root


def _key_is_too_long(text: str, line: int) -> bool:
    """What libyaml says of such a line would help nobody."""
    key, colon, _ = next(islice(io.StringIO(text), line - 1, None), "").partition(":")
    return bool(colon) and len(key.encode()) > LONGEST_KEY


def _expands_within_bounds(root: yaml.Node) -> bool:
    """Aliases followed, does the tree stay small (billion laughs) and end (no alias within its anchor)?"""
    values = 0
    pending: list[tuple[yaml.Node, int]] = [(root, 0)]
    while pending:
        node, depth = pending.pop()
        values += 1
        if values > MOST_VALUES or depth > DEEPEST:
            return False
        if isinstance(node, yaml.MappingNode):
            pending.extend((child, depth + 1) for pair in node.value for child in pair)
        elif isinstance(node, yaml.SequenceNode):
            pending.extend((child, depth + 1) for child in node.value)
    return True


def is_odd_number(node: yaml.Node) -> bool:
    """Whether a plain scalar is a number for YAML and none for us: too large, or written in another way.

    Zeros in front are no number's: they are an account's or a postcode's, which is a text.
    """
    if not isinstance(node, yaml.ScalarNode) or node.style:
        return False
    ours = NUMBER.fullmatch(node.value) and not re.match(r"-?0\d", node.value)
    return bool(NUMBERLIKE.fullmatch(node.value)) and not ours


def plain_value(node: yaml.Node) -> Value | None:
    """A scalar by its look: quoted is text; true, false and numbers are what they seem; else None."""
    if not isinstance(node, yaml.ScalarNode):
        return None
    text = str(node.value)
    if node.style:
        return text
    if text in ("true", "false"):
        return text == "true"
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if NUMBER.fullmatch(text) else text
