"""Deploy and rollback: new callers switch, callers in a flow stay, faults change nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from contact_center.cti import events as cti
from contact_center.ivr.audio import RATE_HZ, write_wav
from contact_center.ivr.deployment import DeploymentError, Ledger
from contact_center.ivr.events import Entered, Play
from contact_center.ivr.flow import Flow
from contact_center.ivr.house_calendars import HouseCalendars
from contact_center.ivr.interpreter import begin, step
from contact_center.ivr.library import Library
from contact_center.ivr.prompts import Prompts
from contact_center.ivr.source import FlowError
from contact_center.runtime.directory import Directory
from contact_center.switchboard.flow_book import FlowBook
from contact_center.telephony.media import acts
from tests.support import run_apart as run
from tests.unit.test_ivr_check import GOOD
from tests.unit.test_ivr_paths import everything
from tests.unit.test_ivr_prompts import ToneSpeech, tone
from tests.world import World


def flow_file(folder: Path, text: str = GOOD, name: str = "main") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def deploy(ledger: Ledger, file: Path, at: float) -> str:
    return ledger.deploy(file, at=at, author="ada", note="why").version


def test_the_ledger_goes_forth_and_back(tmp_path: Path) -> None:
    ledger, versions = Ledger(tmp_path / "archive"), []
    for number in (1, 2, 3):
        file = flow_file(tmp_path / "new", GOOD.replace("Press 1.", f"Press {number}."))
        versions.append(deploy(ledger, file, float(number)))
    assert ledger.in_force() == {"main": versions[2]}
    for expected in (versions[1], versions[0], ""):
        back = ledger.rollback("main", at=9.0, author="bo", note="worse")
        assert (back.version, back.act) == (expected, "rollback")
    assert ledger.in_force() == {}
    with pytest.raises(DeploymentError, match="file in the folder of flows already"):
        ledger.rollback("main", at=9.0, author="bo", note="")
    assert ledger.rollback("main", at=9.0, author="bo", note="", to=versions[1]).version == versions[1]
    assert [entry.author for entry in ledger.entries("main")] == ["ada"] * 3 + ["bo"] * 4
    assert ledger.entries("main")[0].note == "why"


def test_what_cannot_be_deployed_or_rolled_back_is_said(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "archive")
    with pytest.raises(FlowError, match="leads to 'aks'"):
        deploy(ledger, flow_file(tmp_path / "new", GOOD.replace("start: ask", "start: aks")), 1.0)
    assert not ledger.file.exists()
    file = flow_file(tmp_path / "new")
    file.with_name("main.test.yaml").write_text("tests: {}", encoding="utf-8")
    version = deploy(ledger, file, 1.0)
    assert (tmp_path / "archive" / version / "main.test.yaml").is_file()  # for the draft of the next one
    with pytest.raises(DeploymentError, match="in force already"):
        deploy(ledger, file, 2.0)
    with pytest.raises(DeploymentError, match="never deployed"):
        ledger.rollback("other", at=3.0, author="", note="")
    with pytest.raises(DeploymentError, match="no earlier version"):
        ledger.rollback("main", at=3.0, author="", note="", to="cafe")


def test_a_line_cut_off_by_a_crash_is_no_deployment(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "archive")
    version = deploy(ledger, flow_file(tmp_path / "new"), 1.0)
    with ledger.file.open("a", encoding="utf-8") as file:
        file.write('{"flow": "main", "vers')
    assert ledger.in_force() == {"main": version}
    other = deploy(ledger, flow_file(tmp_path / "new", GOOD.replace("Press 1.", "Press.")), 2.0)
    assert ledger.in_force() == {"main": other}


def test_a_deployed_flow_brings_what_it_uses(tmp_path: Path) -> None:
    flow_file(tmp_path / "flows")
    (tmp_path / "new").mkdir()
    file = everything(tmp_path / "new")
    file.write_text(file.read_text(encoding="utf-8").replace('"8100"', '"8200"'), encoding="utf-8")
    Ledger(tmp_path / "archive").deploy(file, at=1.0, author="", note="")
    for each in sorted((tmp_path / "new").rglob("*.*"), reverse=True):
        each.unlink()
    library = Library(tmp_path / "flows", tmp_path / "archive")
    entered = library.entered_by("8200")
    assert entered is not None
    assert entered.name == "everything"
    assert entered.tables["accounts"]["1234"]["plan"] == "gold"
    assert "office" in entered.calendars


async def _callers_stay(tmp_path: Path) -> None:
    text = GOOD.replace("8100", "8000").replace("sales", "billing")
    flow_file(tmp_path / "flows", text)
    world = World(tmp_path, tmp_path / "flows")
    await world.core_up()
    early = await world.calls_in()
    changed = text.replace('{"1": wait}', '{"2": wait}')
    deploy(Ledger(tmp_path / "archive"), flow_file(tmp_path / "new", changed), 1.0)
    world.book.take_up()
    late = await world.calls_in()
    for conversation, key in ((early, "1"), (late, "2")):
        world.happens(conversation, acts.Keyed(leg="caller", digit=key))
        await world.settle()
    assert len([e for e in world.events() if isinstance(e, cti.Queued)]) == 2
    await world.kill_core()
    await world.core_up()
    versions = {s.flow.version for s in world.board.sessions.values() if s.flow is not None}
    assert len(versions) == 2
    Ledger(tmp_path / "archive").rollback("main", at=2.0, author="", note="")
    world.book.take_up()
    await world.calls_in()
    entered = [e.version for e in world.events() if isinstance(e, cti.FlowEntered)]
    assert entered[0] == entered[2] != entered[1]


def test_callers_stay_on_their_version_and_new_ones_switch(tmp_path: Path) -> None:
    run(_callers_stay(tmp_path))


def test_the_core_takes_up_what_is_deployed_with_its_prompts(tmp_path: Path) -> None:
    flow_file(tmp_path / "flows")
    library = Library(tmp_path / "flows", tmp_path / "archive")
    speech = ToneSpeech()
    book = FlowBook(library, Prompts(tmp_path / "cache", None, speech), Directory(), HouseCalendars(tmp_path))
    before = named(book)
    deploy(Ledger(tmp_path / "archive"), flow_file(tmp_path / "new", GOOD.replace("Press", "Key in")), 1.0)
    assert named(book) == before
    run(book.take_up())
    assert named(book).version != before.version
    assert ("Key in 1.", "en") in speech.spoken
    assert book.version("main", before.version) == before


def named(book: FlowBook) -> Flow:
    flow = book.named("main")
    assert flow is not None
    return flow


def sound(file: Path, hertz: float) -> bytes:
    """A recording of a tone, written there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_wav(file, tone(hertz, RATE_HZ))
    return file.read_bytes()


def what_a_caller_hears(flow: Flow, prompts: Prompts, *, language: str = "en") -> Path:
    """The file of the first prompt, played to whoever is in this version of the flow."""
    state = replace(begin(flow), language=language)
    _, effects = step(flow, state, Entered(caller_number="+1", called_number="8100"), 0.0)
    play = next(effect for effect in effects if isinstance(effect, Play))
    return Path(prompts.files(play.prompts)[0])


def test_recordings_belong_to_the_version_and_outlive_the_core(tmp_path: Path) -> None:
    folder, archive, cache = tmp_path / "flows", tmp_path / "archive", tmp_path / "cache"
    first = sound(folder / "prompts" / "en" / "ask.wav", 440.0)
    file = flow_file(folder)
    library = Library(folder, archive)
    run(Prompts(cache, folder / "prompts", ToneSpeech(), archive).prepare(named_in(library)))
    old = named_in(library)
    assert old.recordings == {"en/ask"}
    second = sound(folder / "prompts" / "en" / "ask.wav", 880.0)
    ledger = Ledger(archive)
    new_version = deploy(ledger, file, 1.0)
    assert new_version != old.version  # another recording is another version

    restarted = Library(folder, archive)  # as after kill -9: nothing is in memory, the folder has changed
    prompts = Prompts(cache, folder / "prompts", ToneSpeech(), archive)
    entered, current = restarted.flow("main", old.version), restarted.flow("main", new_version)
    assert entered is not None
    assert current is not None
    assert what_a_caller_hears(entered, prompts).read_bytes() == first
    assert what_a_caller_hears(current, prompts).read_bytes() == second
    spoken = what_a_caller_hears(entered, prompts, language="zh")
    assert spoken.parent.name == "speech"  # made by the core before; this one has prepared nothing
    ledger.rollback("main", at=2.0, author="", note="", to="")
    assert named_in(Library(folder, archive)).version == new_version


def named_in(library: Library) -> Flow:
    return next(flow for flow in library.all() if flow.name == "main")


def test_a_recording_lies_where_recordings_lie(tmp_path: Path) -> None:
    sound(tmp_path / "secret.wav", 440.0)
    hostile = GOOD.replace("say: ask", "say: ../../secret")
    with pytest.raises(FlowError, match="there is no prompt"):
        deploy(Ledger(tmp_path / "archive"), flow_file(tmp_path / "new", hostile), 1.0)
