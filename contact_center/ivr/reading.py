"""A flow's tree of YAML nodes, read by what each field of the node types wants.

Tags are ignored and scalars are read by the type the field wants (so `no` and `on` are text, as in YAML 1.2).
"""

from typing import Any, Literal, cast, get_args, get_origin

import yaml

from contact_center.ivr.expressions import Expression, ExpressionError, Value, parse
from contact_center.ivr.flow import (
    NODE_TYPES,
    Case,
    Doc,
    FieldShape,
    Flow,
    Node,
    Part,
    Phrase,
    Says,
    SpokenDate,
    SpokenDigits,
    SpokenMoney,
    SpokenNumber,
    SpokenWait,
    Target,
    Words,
    shapes,
)
from contact_center.ivr.parts import Currency
from contact_center.ivr.source import FLOW_NAME, INTEGER, NUMBER, Place, Source, is_odd_number, plain_value
from contact_center.runtime.sentences import Word, sentence

EMPTY: dict[str, Value] = {"text": "", "number": 0, "boolean": False}
FLOW_KEYS = (
    *("title", "languages", "numbers", "start", "operator", "language_keys"),
    *("variables", "prompts", "nodes"),
)
PART_KEYS = ("phrase", "text", "number", "digits", "date", "money", "wait")


class Reader:
    """One file being read. Every method reports its faults to `source` and returns what it could read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.find = source.find

    # -- the flow ----------------------------------------------------------------------------------

    def flow(self, root: yaml.Node, name: str, version: str) -> None:
        keys = self.mapping(root, (), sentence("a flow"), FLOW_KEYS)
        if keys is None:
            return
        for needed in ("languages", "start", "nodes"):
            if needed not in keys:
                self.find(root, "the flow does not say {needed!r}", needed=needed)
        if not FLOW_NAME.fullmatch(name):
            self.find(
                root, "the file name {name!r} is not a flow name: small letters, digits and _", name=name
            )
        nodes: dict[str, Node] = {}
        for node_name, value in self.entries(keys.get("nodes"), ("nodes",), "nodes").items():
            node = self.node(node_name, value)
            if node is None:
                self.source.broken.add(node_name)
            else:
                nodes[node_name] = node
        languages = self.texts(keys.get("languages"), "languages")
        start = self.text(keys["start"], "start") if "start" in keys else None
        if start is None or not languages:
            return
        variables, unset = self.variables(keys.get("variables"))
        self.source.flow = Flow(
            name=name,
            version=version,
            title=(self.text(keys["title"], "title") or "") if "title" in keys else name,
            start=start,
            languages=tuple(languages),
            numbers=tuple(self.texts(keys.get("numbers"), "numbers")),
            operator=self.text(keys["operator"], "operator") if "operator" in keys else None,
            language_keys={
                key: language
                for key, value in self.entries(
                    keys.get("language_keys"), ("language_keys",), "language_keys"
                ).items()
                if (language := self.text(value, key)) is not None
            },
            variables=variables,
            unset=unset,
            prompts={
                key: self.by_language(value, ("prompts", key))
                for key, value in self.entries(keys.get("prompts"), ("prompts",), "prompts").items()
            },
            nodes=nodes,
        )

    def variables(self, node: yaml.Node | None) -> tuple[dict[str, Value], frozenset[str]]:
        """First values, and which are declared by type alone."""
        read: dict[str, Value] = {}
        unset: set[str] = set()
        for name, value in self.entries(node, ("variables",), "variables").items():
            if isinstance(value, yaml.MappingNode):
                written = self.mapping(value, ("variables", name), sentence("a variable"), ("type",)) or {}
                kind = str(written["type"].value) if "type" in written else ""
                if kind not in EMPTY:
                    self.find(value, "variable {name!r} is {{type: text}}, {{type: number}} or so", name=name)
                else:
                    read[name] = EMPTY[kind]
                    unset.add(name)
                continue
            plain = plain_value(value)
            if is_odd_number(value):
                self.find(
                    value,
                    "variable {name!r}: a number is -12 or 0.5, of at most 15 digits; a text is quoted",
                    name=name,
                )
            if plain is None:
                self.find(value, "variable {name!r} starts as a text, a number, true or false", name=name)
            else:
                read[name] = plain
        return read, frozenset(unset)

    def node(self, name: str, value: yaml.Node) -> Node | None:
        """A node, or None when something in it could not be read."""
        before = len(self.source.findings)
        path = ("nodes", name)
        if not FLOW_NAME.fullmatch(name):
            self.find(path, "{name!r} is not a node name: small letters, digits and _", name=name)
        written = self.mapping(value, path, sentence("node {name!r}", name=name))
        if written is None:
            return None
        kind_node = written.pop("kind", None)
        kind = self.text(kind_node, "kind") if kind_node is not None else None
        if kind_node is None:
            self.find(path, "node {name!r} does not say its kind", name=name)
        if kind is None or kind_node is None:
            return None
        if kind not in NODE_TYPES:
            self.find(
                kind_node,
                "there is no kind of node {kind!r}{near}",
                kind=kind,
                near=self.source.near(kind, NODE_TYPES),
            )
            return None
        node_type: Any = NODE_TYPES[kind]
        values = self.fields(shapes(node_type), written, path, sentence("a {kind}", kind=kind))
        if len(self.source.findings) > before:
            return None
        return cast("Node", node_type(**values))

    def fields(
        self, known: tuple[FieldShape, ...], written: dict[str, yaml.Node], path: Place, what: str
    ) -> dict[str, Any]:
        names = {shape.name for shape in known}
        for key in written.keys() - names:
            self.find(
                (*path, key),
                "{what} has no {key!r}{near}",
                what=what,
                key=key,
                near=self.source.near(key, names),
            )
        values: dict[str, Any] = {}
        for shape in known:
            if shape.name in written:
                values[shape.name] = self.value(
                    written[shape.name], shape.type, shape.doc, (*path, shape.name)
                )
            elif not shape.optional:
                self.find(
                    path,
                    "{what} has to say the outcome {field!r} ({about})"
                    if shape.type is Target
                    else "{what} has to say {field!r} ({about})",
                    what=what,
                    field=shape.name,
                    about=Word(shape.doc.text),
                )
        return values

    # -- values by type ----------------------------------------------------------------------------

    def value(self, node: yaml.Node, wanted: Any, doc: Doc, path: Place) -> Any:
        """One field's value as its type wants it; what is returned after a fault is not used."""
        here = path[-1]
        if wanted == Says:
            return self.says(node, path)
        if wanted in (Expression, Expression | None):
            return self.expression(node, here)
        if wanted == tuple[Case, ...]:
            return self.cases(node, path)
        if wanted in (dict[str, Target], dict[str, str]):
            return {key: self.text(each, key) for key, each in self.entries(node, path, here).items()}
        if wanted == dict[str, Expression]:
            return {key: self.expression(each, key) for key, each in self.entries(node, path, here).items()}
        if wanted == dict[str, int]:
            return {
                key: self.number(each, key, doc, whole=True)
                for key, each in self.entries(node, path, here).items()
            }
        if wanted == dict[str, dict[str, int]]:
            return {
                key: self.value(each, dict[str, int], doc, (*path, key))
                for key, each in self.entries(node, path, here).items()
            }
        return self.scalar(node, wanted, doc, here)

    def scalar(self, node: yaml.Node, wanted: Any, doc: Doc, name: str) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            self.find(node, "{name!r} takes a single value", name=name)
            return None
        empty = node.value == "" or (not node.style and node.value in ("null", "~"))
        if empty and type(None) in getattr(wanted, "__args__", ()):
            return None
        if wanted is bool:
            if node.value not in ("true", "false"):
                self.find(node, "{name!r} is true or false, not {value!r}", name=name, value=node.value)
            return node.value == "true"
        if get_origin(wanted) is Literal and node.value not in get_args(wanted):
            known = ", ".join(get_args(wanted))
            self.find(
                node, "{name!r} is one of {known}, not {value!r}", name=name, known=known, value=node.value
            )
        if wanted in (int, int | None):
            return self.number(node, name, doc, whole=True)
        if wanted in (float, float | None):
            return self.number(node, name, doc, whole=False)
        return self.text(node, name)

    def text(self, node: yaml.Node, name: str) -> str | None:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self.find(node, "{name!r} takes a text", name=name)
            return None
        return str(node.value)

    def number(self, node: yaml.Node, name: str, doc: Doc, *, whole: bool) -> float:
        text = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        if not (INTEGER if whole else NUMBER).fullmatch(text):
            self.find(
                node, "{name!r} takes a whole number" if whole else "{name!r} takes a number", name=name
            )
            return 0
        number = int(text) if whole else float(text)
        if (doc.least is not None and number < doc.least) or (doc.most is not None and number > doc.most):
            self.find(
                node,
                "{name!r} is from {least:g} to {most:g}, not {number:g}",
                name=name,
                least=doc.least,
                most=doc.most,
                number=number,
            )
        return number

    def expression(self, node: yaml.Node, name: str) -> Expression | None:
        text = self.text(node, name)
        if text is None:
            return None
        try:
            return parse(text)
        except ExpressionError as error:
            self.find(node, "{name!r}: {error}", name=name, error=error.sentence)
            return None

    def cases(self, node: yaml.Node, path: Place) -> tuple[Case, ...]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.find(node, "'cases' is a list of {{when: …, to: …}}")
            return ()
        read: list[Case] = []
        for number, each in enumerate(node.value):
            at = (*path, str(number))
            before = len(self.source.findings)
            written = self.mapping(each, at, sentence("a case"))
            values = self.fields(shapes(Case), written, at, sentence("a case")) if written is not None else {}
            if len(self.source.findings) == before:
                read.append(Case(**values))
        return tuple(read)

    # -- what is said ------------------------------------------------------------------------------

    def says(self, node: yaml.Node, path: Place) -> Says:
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not items:
            self.find(node, "{field!r} says nothing", field=path[-1])
        parts = [self.part(item, path) for item in items]
        return tuple(part for part in parts if part is not None)

    def part(self, node: yaml.Node, path: Place) -> Part | None:
        if isinstance(node, yaml.ScalarNode):
            key = self.text(node, path[-1])
            return Phrase(key) if key is not None else None
        written = self.mapping(
            node, (*path, "part"), sentence("a prompt"), (*PART_KEYS, "language", "currency")
        )
        if written is None:
            return None
        kinds = [key for key in PART_KEYS if key in written]
        if len(kinds) != 1:
            self.find(node, "a prompt is a key, or has one of {known}", known=", ".join(PART_KEYS))
            return None
        language = self.text(written["language"], "language") if "language" in written else None
        value = written[kinds[0]]
        if kinds[0] == "text":
            return Words(self.by_language(value, (*path, "text")), language)
        if kinds[0] == "phrase":
            key = self.text(value, "phrase")
            return Phrase(key, language) if key is not None else None
        if kinds[0] == "wait":
            if self.text(value, "wait") != "queue":
                self.find(value, "'wait' is 'queue': how long the caller will still wait there")
            return SpokenWait(language)
        return self.spoken(kinds[0], value, language, written.get("currency"))

    def spoken(
        self, kind: str, node: yaml.Node, language: str | None, currency: yaml.Node | None
    ) -> Part | None:
        """A value said as number, digits, date or money."""
        expression = self.expression(node, kind)
        if kind == "money":
            known = get_args(Currency)
            word = str(currency.value) if currency is not None else ""
            if word not in known:
                self.find(
                    currency or node, "'money' says its 'currency': one of {known}", known=", ".join(known)
                )
            elif expression is not None:
                return SpokenMoney(expression, cast("Currency", word), language)
            return None
        if currency is not None:
            self.find(currency, "only 'money' has a 'currency'")
        if expression is None:
            return None
        if kind == "date":
            return SpokenDate(expression, language)
        return (SpokenNumber if kind == "number" else SpokenDigits)(expression, language)

    def by_language(self, node: yaml.Node, path: Place) -> dict[str, str]:
        texts = {
            language: self.text(value, language)
            for language, value in self.entries(node, path, path[-1]).items()
        }
        return {language: text for language, text in texts.items() if text is not None}

    # -- collections -------------------------------------------------------------------------------

    def texts(self, node: yaml.Node | None, name: str) -> list[str]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.find(node, "{name!r} is a list such as [first, second]", name=name)
            return []
        return [text for each in node.value if (text := self.text(each, name)) is not None]

    def entries(self, node: yaml.Node | None, path: Place, name: str) -> dict[str, yaml.Node]:
        """A mapping with names of the author's own."""
        return (self.mapping(node, path, repr(name)) or {}) if node is not None else {}

    def mapping(
        self, node: yaml.Node, path: Place, what: str, known: tuple[str, ...] | None = None
    ) -> dict[str, yaml.Node] | None:
        """Key to value; None, with a finding, if it is no mapping."""
        self.source.lines.setdefault(path, node.start_mark.line + 1)
        if not isinstance(node, yaml.MappingNode):
            self.find(node, "{what} is written as `key: value` lines", what=what)
            return None
        read: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            self.source.lines[(*path, key)] = key_node.start_mark.line + 1
            if not key:
                self.find(key_node, "a key of {what} is a plain name", what=what)
            elif key in read:
                self.find(key_node, "{what} says {key!r} twice", what=what, key=key)
            elif known is not None and key not in known:
                self.find(
                    key_node,
                    "{what} has no {key!r}{near}",
                    what=what,
                    key=key,
                    near=self.source.near(key, known),
                )
            else:
                read[key] = value
        return read
