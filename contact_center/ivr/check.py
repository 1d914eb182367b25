"""Finds what is wrong with a flow before a caller does: every fault with file, line and a sentence."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from contact_center.ivr.check_errands import check_errand, check_help, check_needs
from contact_center.ivr.companions import CALENDARS, recording_of
from contact_center.ivr.expressions import Expression, ExpressionError, Type, typed
from contact_center.ivr.flow import (
    BUILT_IN,
    Branch,
    Collect,
    Event,
    Flow,
    Hangup,
    Hours,
    Language,
    Lookup,
    Menu,
    Node,
    Phrase,
    Queue,
    Record,
    Return,
    Say,
    Set,
    SpokenDate,
    SpokenDigits,
    SpokenMoney,
    SpokenNumber,
    SpokenWait,
    Transfer,
    Words,
    outcomes,
    said,
    variable_types,
    ways,
)
from contact_center.ivr.graph import in_loops, reached_from
from contact_center.ivr.loader import read_flow
from contact_center.ivr.source import Finding, FlowError, Place, Source
from contact_center.ivr.values import check_unset, secret_variables
from contact_center.ivr.voices import SYNTHESISED_MUSIC, VOICES
from contact_center.ivr.walk import MOST_VARIABLES
from contact_center.runtime.sentences import Word, sentence

__all__ = ["Finding", "check_paths", "check_source", "flow_files", "load_flow"]

MENU_KEYS = frozenset("0123456789*#")
IDLE: tuple[type[Node], ...] = (Say, Branch, Hours, Record, Event, Language)
"""Kinds that wait for nobody and change nothing a branch could see: a loop of them spins."""


def flow_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The flow files named, and those in the folders named (tests and entry in sub-folders left out)."""
    for path in paths:
        yield from _flows_in(path) if path.is_dir() else [path]


def _flows_in(folder: Path) -> list[Path]:
    files = folder.glob("*.yaml")
    return sorted(file for file in files if not file.name.endswith(".test.yaml") and file.name != CALENDARS)


def check_paths(paths: Iterable[Path]) -> list[Finding]:
    """Every fault in these flow files and folders, in order of file and line; a folder has some flow."""
    findings: set[Finding] = set()
    owners: dict[str, str] = {}
    paths = list(paths)
    for path in paths:
        if path.is_dir() and not _flows_in(path):
            findings.add(Finding(str(path), 1, sentence("there is no flow in this folder")))
    for file in flow_files(paths):
        source = read_flow(file)
        check_source(source)
        for number in source.flow.numbers if source.flow else ():
            if owners.setdefault(number, str(file)) != str(file):
                source.find(
                    ("numbers",),
                    "number {number} already enters {owner}",
                    number=number,
                    owner=owners[number],
                )
        findings.update(source.findings)
    return sorted(findings)


def load_flow(file: Path) -> Flow:
    """A flow fit for callers; raises `FlowError` with every finding."""
    source = read_flow(file)
    check_source(source)
    if source.flow is None or source.findings:
        raise FlowError(sorted(source.findings))
    return source.flow


def check_source(source: Source) -> None:
    """Add to a file's findings what reading alone cannot see."""
    if source.flow is not None:
        _Check(source, source.flow).all()


class _Check:
    """One file under inspection; `check_errand` goes on with it where an errand is concerned."""

    def __init__(self, source: Source, flow: Flow) -> None:
        self.source, self.flow = source, flow
        self.types = variable_types(flow)
        self.recordings = Path(source.file).parent / "prompts"
        self.secrets = secret_variables(flow)
        self.known = flow.nodes.keys() | source.broken

    def all(self) -> None:
        for called in self.source.called.values():
            check_source(called)
        self.header()
        for name, node in self.flow.nodes.items():
            place = ("nodes", name)
            for path, target in outcomes(node):
                self.target((*place, *path), target)
            for where, part in said(node):
                self.prompt((*place, where), part)
            self.node(place, node)
        if not self.source.broken and self.flow.start in self.flow.nodes:
            self.reachability()
            self.spinning()
            check_unset(self.source, self.flow)

    def find(self, where: Place, template: str, /, **values: object) -> None:
        self.source.find(where, template, **values)

    def header(self) -> None:
        flow = self.flow
        if len(flow.variables) > MOST_VARIABLES:
            self.find(("variables",), "a flow has at most {most} variables", most=MOST_VARIABLES)
        for name, value in flow.variables.items():
            if name in BUILT_IN:
                self.find(
                    ("variables", name),
                    "{name!r} is a variable every flow has; choose another name",
                    name=name,
                )
            elif not name.isidentifier() or not name.isascii() or len(name) > 64:
                self.find(("variables", name), "{name!r} is not a variable name", name=name)
            elif isinstance(value, str) and len(value) > 1000:
                self.find(("variables", name), "{name!r} starts with more than 1000 characters", name=name)
        for language in flow.languages:
            if language not in VOICES:
                self.find(
                    ("languages",),
                    "no voice speaks {language!r}; known: {known}",
                    language=language,
                    known=", ".join(sorted(VOICES)),
                )
        self.target(("start",), flow.start)
        if flow.operator is not None:
            self.target(("operator",), flow.operator)
        for key, language in flow.language_keys.items():
            if key not in MENU_KEYS:
                self.find(("language_keys", key), "{key!r} is not a key (0-9, *, #)", key=key)
            self.language(("language_keys", key), language)
        for key, texts in flow.prompts.items():
            for language in texts.keys() - set(flow.languages):
                self.find(
                    ("prompts", key, language), "the flow does not speak {language!r}", language=language
                )

    def target(self, place: Place, target: str) -> None:
        known = self.known
        if target not in known:
            self.find(
                place,
                "{field!r} leads to {target!r}, which is no node{near}",
                field=place[-1],
                target=target,
                near=self.source.near(target, known),
            )

    # -- what is said ------------------------------------------------------------------------------

    def prompt(self, place: Place, part: object) -> None:
        language = getattr(part, "language", None)
        if language is not None and language not in self.flow.languages:
            self.find(place, "the flow does not speak {language!r}", language=language)
            return
        languages = self.flow.languages if language is None else (language,)
        match part:
            case Phrase(key=key):
                texts = self.flow.prompts.get(key, {})
                missing = [each for each in languages if each not in texts and not self.recorded(key, each)]
                if missing == list(languages) and key not in self.flow.prompts:
                    near = self.source.near(key, self.flow.prompts)
                    self.find(place, "there is no prompt {key!r}{near}", key=key, near=near)
                elif missing:
                    self.find(
                        place, "prompt {key!r} is missing in {missing}", key=key, missing=", ".join(missing)
                    )
            case Words(texts=texts):
                missing = [each for each in languages if each not in texts]
                if missing:
                    self.find(place, "the text is missing in {missing}", missing=", ".join(missing))
            case SpokenNumber(value=value):
                self.expression(place, value, "number")
            case SpokenMoney(value=value):
                self.expression(place, value, "number")
            case SpokenWait():
                if "estimate" not in place:
                    self.find(place, "'wait' is said by the 'estimate' of a queue node only")
            case SpokenDigits(value=value) | SpokenDate(value=value):
                self.expression(place, value, "text")
            case _:
                pass

    def recorded(self, key: str, language: str) -> bool:
        return recording_of(self.recordings, f"{language}/{key}") is not None

    # -- node by node ------------------------------------------------------------------------------

    def expression(self, place: Place, expression: Expression, wanted: Type) -> None:
        try:
            found = typed(expression, self.types)
        except ExpressionError as error:
            missing = error.sentence.values.get("variable")
            near = self.source.near(missing, self.types) if isinstance(missing, str) else ""
            self.find(place, "{field!r}: {error}{near}", field=place[-1], error=error.sentence, near=near)
            return
        if found != wanted:
            self.find(
                place,
                "{field!r} wants {wanted}, but {expression!r} is {found}",
                field=place[-1],
                wanted=Word(wanted),
                expression=expression.source,
                found=Word(found),
            )

    def node(self, place: Place, node: Node) -> None:
        match node:
            case Menu():
                self.menu(place, node)
            case Collect():
                self.collect(place, node)
            case Set(values=values):
                for name, expression in values.items():
                    self.assignment((*place, "values", name), name, expression)
            case Branch(cases=cases):
                for number, case in enumerate(cases):
                    self.expression((*place, "cases", str(number), "when"), case.when, "boolean")
            case Queue():
                self.queue(place, node)
            case Language(language=language):
                self.language((*place, "language"), language)
            case _:
                check_errand(self, place, node)

    def queue(self, place: Place, node: Queue) -> None:
        if node.queue is None and self.flow.numbers:
            self.find(
                place, "a queue without a name is for flows that call back; this one is entered by a number"
            )
        self.music(place, node.music)
        for language in node.skills_by_language:
            self.language((*place, "skills_by_language", language), language)
        check_needs(self, place, node)
        if node.leave_key is not None and node.leave_key not in MENU_KEYS:
            self.find((*place, "leave_key"), "{key!r} is not a key (0-9, *, #)", key=node.leave_key)
        if (node.leave_key is None) != (node.left is None):
            self.find(place, "'leave_key' and 'left' go together")
        for limit in ("longest_line", "longest_wait_ahead_s", "longest_predicted_wait_s"):
            if getattr(node, limit) is not None and node.overflow is None:
                self.find((*place, limit), "{limit!r} needs the outcome 'overflow'", limit=limit)

    def music(self, place: Place, music: str) -> None:
        if music != SYNTHESISED_MUSIC and not self.recorded(music, "music"):
            self.find((*place, "music"), "there is no recording prompts/music/{music}.wav", music=music)

    def language(self, place: Place, language: str) -> None:
        if language not in self.flow.languages:
            self.find(place, "the flow does not speak {language!r}", language=language)

    def menu(self, place: Place, node: Menu) -> None:
        if not node.choices:
            self.find((*place, "choices"), "the menu has no choices")
        for key in node.choices:
            if key not in MENU_KEYS:
                self.find((*place, "choices", key), "{key!r} is not a key (0-9, *, #)", key=key)
        for name in ("repeat_key", "help_key"):
            key = getattr(node, name)
            if key is not None and key not in MENU_KEYS:
                self.find((*place, name), "{key!r} is not a key (0-9, *, #)", key=key)
        check_help(self, place, node)

    def collect(self, place: Place, node: Collect) -> None:
        check_help(self, place, node)
        for name in ("terminator", "repeat_key", "help_key"):
            key = getattr(node, name)
            if key is not None and (key not in MENU_KEYS or key.isdigit()):
                self.find((*place, name), "{name!r} is * or #, not {key!r}", name=name, key=key)
        for name in ("repeat_key", "help_key"):
            if node.terminator is not None and node.terminator == getattr(node, name):
                self.find((*place, "terminator"), "'terminator' and {name!r} are the same key", name=name)
        if node.least_digits > node.most_digits:
            self.find((*place, "least_digits"), "'least_digits' is more than 'most_digits'")
        if self.settable((*place, "into"), node.into) and self.types[node.into] != "text":
            self.find(
                (*place, "into"),
                "digits are text, but {variable!r} is {found}",
                variable=node.into,
                found=self.types[node.into],
            )

    def assignment(self, place: Place, name: str, expression: Expression) -> None:
        if self.settable(place, name):
            self.expression(place, expression, self.types[name])

    def settable(self, place: Place, name: str) -> bool:
        if name in BUILT_IN:
            self.find(place, "{name!r} is read only", name=name)
        elif name not in self.flow.variables:
            near = self.source.near(name, self.flow.variables)
            self.find(
                place, "variable {name!r} is not declared under 'variables'{near}", name=name, near=near
            )
        else:
            return True
        return False

    # -- the graph ---------------------------------------------------------------------------------

    def reachability(self) -> None:
        nodes = self.flow.nodes
        edges: dict[str, set[str]] = {name: set() for name in nodes}
        for name, _, target in ways(self.flow):
            edges[name] |= {target} & nodes.keys()
        starts = {self.flow.start} | ({self.flow.operator} if self.flow.operator else set())
        reached = reached_from(starts & nodes.keys(), edges)
        for name in nodes.keys() - reached:
            self.find(("nodes", name), "node {name!r} is never reached", name=name)
        into: dict[str, set[str]] = {name: set() for name in nodes}
        for name, targets in edges.items():
            for target in targets:
                into[target].add(name)
        exits = {name for name, node in nodes.items() if self.can_end(node)}
        for name in reached - reached_from(exits, into):
            self.find(
                ("nodes", name),
                "from node {name!r} the call can never end: a loop without an exit",
                name=name,
            )

    def can_end(self, node: Node) -> bool:
        if isinstance(node, Transfer):
            return node.flow is not None or node.after is None or node.failed is None
        return isinstance(node, Hangup | Return) or (isinstance(node, Queue) and node.after is None)

    def spinning(self) -> None:
        """Loops in which nobody is waited for and nothing changes: once in, never out."""
        idle = {
            name: node
            for name, node in self.flow.nodes.items()
            if isinstance(node, IDLE) or (isinstance(node, Lookup) and node.table is not None)
        }
        edges = {name: {to for _, to in outcomes(node) if to in idle} for name, node in idle.items()}
        looped = in_loops(edges)
        for name in idle:
            if name in looped:
                self.find(("nodes", name), "node {name!r} is in a loop without input", name=name)
