"""What can be heard without a recording: a voice for each language of a flow, and one piece of music."""

SYNTHESISED_MUSIC = "hold"
"""The key of the music that needs no recording."""

VOICES = {
    "en": "en-us",
    "zh": "cmn-latn-pinyin",  # plain "cmn" says most characters as English ("n-i-n two")
}
