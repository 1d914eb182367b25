"""A YAML file as a tree of nodes with line numbers, and the faults found in it.

Files may be hostile: size, nesting, aliases and the number of values are limited before anything is built.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
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

HIDDEN = re.compile("[\u200b\u2060\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
"""Characters that make a text read otherwise than it is (Unicode TR 36); joiners are needed and stay."""

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
        self.findings.append(Finding(self.file, line, sentence(template, **values)))

    def near(self, word: str, known: Iterable[str]) -> str:
        """What the author may have meant, as the end of a sentence; not for the rest of many faults."""
        names = list(known)
        if len(self.findings) > MOST_GUESSES or len(names) > MOST_NAMES:
            return ""
        near = difflib.get_close_matches(word, names, n=1)
        return sentence("; did you mean {name!r}?", name=near[0]) if near else ""


def compose_file(source: Source, content: bytes | None = None) -> tuple[bytes, yaml.Node | None]:
    """The file's content and its tree; None, with a finding, when it is not readable as one.

    `content` takes the place of what is in the file: a draft of it.
    """
    file = Path(source.file)
    try:
        if (file.stat().st_size if content is None else len(content)) > LARGEST_FILE_BYTES:
            source.find(1, "the file is larger than {most} bytes", most=LARGEST_FILE_BYTES)
            return b"", None
        content = file.read_bytes() if content is None else content
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
            if count > MOST_VALUES:
                source.find(line, "the file holds more than {most} values", most=MOST_VALUES)
            elif aliases > MOST_ALIASES:
                source.find(line, "the file uses more than {most} aliases", most=MOST_ALIASES)
            elif depth > DEEPEST:
                source.find(line, "values are nested more than {most} deep", most=DEEPEST)
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
        source.find(
            mark.line + 1 if mark else 1, "this is not YAML: {why}", why=Word(error.problem or error.context)
        )
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


def plain_value(node: yaml.Node) -> Value | None:
    """A scalar by its look: quoted is text; true, false and numbers are what they seem; else None."""
    if not isinstance(node, yaml.ScalarNode):
        return None
    text = str(node.value)
    if node.style in ("'", '"'):
        return text
    if text in ("true", "false"):
        return text == "true"
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if NUMBER.fullmatch(text) else text
