"""Tells sentences about flows in the reader's language."""

from contact_center.ivr.chinese import SENTENCES, WORDS
from contact_center.ivr.chinese_fields import NOTES
from contact_center.runtime.people import Language
from contact_center.runtime.sentences import in_words

_CHINESE = {**WORDS, **NOTES, **SENTENCES}


def told(text: str, reader: Language) -> str:
    """A `Sentence` or a `Word` for the reader; any other text stays as it is."""
    return in_words(text, _CHINESE if reader == "zh" else {})
