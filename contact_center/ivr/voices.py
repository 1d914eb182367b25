"""Which espeak-ng voice speaks which language of a flow."""

VOICES = {"en": "en-us", "zh": "cmn"}
