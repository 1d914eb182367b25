"""The shipped flows spoken by the real espeak-ng."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from contact_center.ivr.audio import RATE_HZ, check_playable, read_wav
from contact_center.ivr.check import flow_files, load_flow
from contact_center.ivr.events import Prompt
from contact_center.ivr.flow import Flow
from contact_center.ivr.library import shipped_flows
from contact_center.ivr.prompts import Prompts
from contact_center.ivr.speech import Espeak
from contact_center.ivr.spoken import pieces
from contact_center.ivr.voices import VOICES
from tests.support import run_apart as run


@pytest.fixture(scope="module")
def flow() -> Flow:
    return load_flow(shipped_flows() / "main_menu.yaml")


def test_shipped_flows_are_audible_in_every_language_and_cached(tmp_path: Path) -> None:
    for file in flow_files([shipped_flows()]):
        flow = load_flow(file)
        prompts = Prompts(tmp_path, shipped_flows() / "prompts")
        assert run(prompts.prepare(flow)) > 0
        assert run(Prompts(tmp_path, shipped_flows() / "prompts").prepare(flow)) == 0
        said = [
            Prompt(kind="phrase", value=key, language=each, text=texts.get(each, ""))
            for key, texts in flow.prompts.items()
            for each in flow.languages
        ]
        for prompt, played in zip(said, prompts.files(said), strict=True):
            if prompt.language in flow.prompts[prompt.value]:
                check_playable(Path(played))
                samples, _ = read_wav(Path(played).read_bytes())
                assert samples.size > 0.3 * RATE_HZ, prompt
                assert float(np.sqrt(np.mean(samples**2))) > 0.03, prompt


def test_numbers_take_about_one_syllable_each_in_mandarin(tmp_path: Path, flow: Flow) -> None:
    """A voice that spells Chinese as English takes over a second for a one-syllable number."""
    prompts = Prompts(tmp_path, None)
    run(prompts.prepare(flow))
    for number in range(1, 10):
        (file,) = prompts.files([Prompt(kind="number", value=str(number), language="zh")])
        samples, _ = read_wav(Path(file).read_bytes())
        assert samples.size / RATE_HZ < 0.9, number


def test_mandarin_is_spoken_as_mandarin() -> None:
    """espeak-ng marks what it takes for another language; its plain `cmn` voice spells pinyin in English."""
    for text in ("您目前排在第三位，感谢您的耐心等待", "，".join(pieces("zh"))):
        command = ["espeak-ng", "-v", VOICES["zh"].name, "-x", "-q", text]
        phonemes = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert phonemes.strip()
        assert "(en)" not in phonemes


def test_text_is_data_not_options_or_markup() -> None:
    plain, rate_hz = read_wav(Espeak().speak("--version", "en"))
    assert plain.size > 0.3 * rate_hz
