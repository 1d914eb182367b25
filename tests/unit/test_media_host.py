"""Who gets which process, and who is sent away: the media host on a clock that is turned by hand."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock

from contact_center.config import Settings
from contact_center.runtime import amp
from contact_center.telephony.media import host as media_host
from contact_center.telephony.media.host import MediaHost
from contact_center.telephony.media.seats import Seat


class Link:
    """The host's side of a conversation process: takes every command, or is gone."""

    def __init__(self, *, gone: bool = False) -> None:
        self.gone = gone
        self.asked: list[tuple[Any, dict[str, object]]] = []

    def callRemote(self, command: Any, **arguments: object) -> "Deferred[dict[str, object]]":  # noqa: N802
        self.asked.append((command, arguments))
        return fail(ConnectionLost()) if self.gone else succeed({})


class Hosted:
    def __init__(self, folder: Path, *, idle: int = 1, most: int = 2) -> None:
        self.clock = Clock()
        settings = Settings(data_dir=folder, idle_conversations=idle, max_conversations=most)
        self.host = MediaHost(self.clock, settings)
        (folder / "run" / "conversations").mkdir(parents=True, exist_ok=True)

    def claim(self, key: str) -> list[Any]:
        """What the claim comes to: empty while it waits, then the seat or the failure."""
        outcome: list[Any] = []
        Deferred.fromCoroutine(self.host.claim(key)).addBoth(outcome.append)
        return outcome

    def hello(self, pid: int = 0, link: Any = None, conversation: str = "") -> Seat:
        fake: Any = link or Link()
        return self.host.seated(fake, pid, f"127.0.0.1:{pid}", conversation)


@pytest.fixture
def hosted(tmp_path: Path) -> Hosted:
    return Hosted(tmp_path)


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    """Something with a pid that may be told to end."""
    with subprocess.Popen(["sleep", "60"]) as running:
        yield running
        running.kill()


def test_a_claim_waits_for_a_process_and_gives_up(hosted: Hosted) -> None:
    outcome = hosted.claim("a")
    hosted.clock.advance(media_host.CLAIM_WAIT_S - 0.1)
    assert outcome == []
    hosted.clock.advance(0.2)
    assert outcome[0].check(amp.NoneIdle)


def test_waiting_claims_are_served_in_their_order(hosted: Hosted) -> None:
    first, second = hosted.claim("a"), hosted.claim("b")
    seat = hosted.hello(1)
    assert (first, second) == ([seat], [])
    other = hosted.hello(2)
    assert second == [other]
    assert hosted.claim("c")[0].check(amp.NoneIdle)  # the limit is two


def test_who_cannot_have_a_place_is_told_at_once_though_none_is_taken_yet(hosted: Hosted) -> None:
    waiting = hosted.claim("a"), hosted.claim("b")
    assert hosted.claim("c")[0].check(amp.NoneIdle)
    assert waiting == ([], [])


def test_the_same_key_has_the_same_answer_until_the_call_is_over(hosted: Hosted) -> None:
    seat = hosted.hello(1)
    assert hosted.claim("a") == [seat] == hosted.claim("a")
    conversation = seat.conversation
    hosted.host.freed(seat, conversation)
    assert seat.conversation == ""
    assert hosted.claim("a") == [seat]
    assert seat.conversation not in {"", conversation}


def test_the_same_key_waits_for_the_same_process(hosted: Hosted) -> None:
    slow: Deferred[dict[str, object]] = Deferred()
    link = Link()
    link.callRemote = lambda *_, **__: slow  # type: ignore[method-assign]
    seat = hosted.hello(1, link)
    first, again = hosted.claim("a"), hosted.claim("a")
    assert (first, again) == ([], [])
    slow.callback({})
    assert (first, again) == ([seat], [seat])


def test_a_process_that_leaves_while_it_is_claimed_is_passed_over(hosted: Hosted) -> None:
    hosted.hello(1)
    leaving = hosted.hello(2, Link(gone=True))
    real = leaving.link.callRemote

    def gone(*args: Any, **arguments: Any) -> Any:
        hosted.host.left(leaving)  # as Twisted does: connectionLost fails what was asked
        return real(*args, **arguments)

    leaving.link.callRemote = gone
    (seat,) = hosted.claim("a")
    assert seat.pid == 1


def test_a_process_retires_after_its_fifty_calls(hosted: Hosted, process: "subprocess.Popen[bytes]") -> None:
    seat = hosted.hello(process.pid)
    for number in range(media_host.MOST_CALLS_PER_PROCESS):
        assert process.poll() is None
        assert hosted.claim(f"k{number}") == [seat]
        hosted.host.freed(seat, seat.conversation)
    assert process.wait(5) == -15
    assert hosted.host.figures()["retired"] == 1
    assert hosted.host.figures()["idle"] == 0


def test_a_process_that_grew_retires(
    hosted: Hosted, process: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Seat, "look", lambda _: None)
    seat = hosted.hello(process.pid)
    hosted.claim("a")
    seat.first_rss_bytes, seat.rss_bytes = 80_000_000, 90_000_001
    hosted.host.freed(seat, seat.conversation)
    assert process.wait(5) == -15


def test_a_new_host_knows_what_the_old_one_carried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amp, "connect", lambda *_: None)
    old = Hosted(tmp_path, idle=2, most=4)
    for pid in (1, 2):
        old.hello(pid)
    kept, gone = (old.claim(key)[0].conversation for key in ("a", "b"))
    new = Hosted(tmp_path, idle=2, most=4)
    back = new.hello(1, conversation=kept)
    assert new.claim("a") == [back]
    new.host._join_core()  # what the clock would do a second after a crash
    assert new.host._lost == [(gone, "its process ended while no media host ran")]
