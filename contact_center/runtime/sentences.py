"""Sentences for people that can be told in another language too: as gettext, by their English. Pure.

    made = sentence("there is no prompt {key!r}{near}", key="aks", near=near)
    made                            English, a text like any other
    in_words(made, catalogue)       by the template a catalogue has for the English one, values and all

A `Sentence` is a `str`: it is compared, sorted, logged and raised as the English it is.
"""

from collections.abc import Iterable, Mapping

Catalogue = Mapping[str, str]
"""English template (or word) to that of another language, with the same placeholders."""


class Sentence(str):
    """An English sentence that knows what it was made of."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object]) -> "Sentence":
        made = super().__new__(cls, template.format(**values))
        made.template, made.values = template, values
        return made


class Word(str):
    """A word of a short list, or of a program we did not write: left as it is where a catalogue has none."""

    __slots__ = ()


class Refusal(ValueError):  # noqa: N818  # what is raised has a name of its own
    """Something refused, and why: `sentence` is the message."""

    def __init__(self, template: str, /, **values: object) -> None:
        self.sentence = sentence(template, **values)
        super().__init__(self.sentence)


def sentence(template: str, /, **values: object) -> Sentence:
    """A sentence from a template (as for `str.format`) and its values, which may be sentences and words."""
    return template if isinstance(template, Sentence) and not values else Sentence(template, values)


def joined(between: str, texts: Iterable[str]) -> Sentence:
    """Texts one after another; a catalogue may have another word to put between them."""
    parts = {f"part{number}": text for number, text in enumerate(texts)}
    template = "{between}".join(f"{{{name}}}" for name in parts)
    return Sentence(template, {"between": Word(between), **parts})


def in_words(text: str, catalogue: Catalogue) -> str:
    """A text in the catalogue's language as far as it is a `Sentence` or a `Word`, a plain `str`."""
    if isinstance(text, Word):
        return catalogue.get(text, str(text))
    if not isinstance(text, Sentence):
        return text
    values = {
        name: in_words(value, catalogue) if isinstance(value, str) else value
        for name, value in text.values.items()
    }
    return catalogue.get(text.template, text.template).format(**values)
