"""What can be heard without a recording: a voice for each language of a flow, and one piece of music."""

from dataclasses import dataclass

SYNTHESISED_MUSIC = "hold"
"""The key of the music that needs no recording."""


@dataclass(frozen=True, slots=True)
class Voice:
    """An espeak-ng voice at the speed at which it is best understood on the phone."""

    name: str
    words_per_minute: int


VOICES = {
    "en": Voice("en-us", 155),
    "zh": Voice("cmn-latn-pinyin", 190),  # plain "cmn" says most characters as English ("n-i-n two")
}
