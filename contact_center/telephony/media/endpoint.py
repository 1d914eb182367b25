"""The one door to pjsua2: SIP dialogs, players, recorders, the conference bridge of one process. No policy.

At most four calls, each under a name its owner chooses. Everything, callbacks too, happens on the thread
that calls `handle_events` (threadCnt 0, mainThreadOnly); only the bridge's clock is a native thread, and it
never enters Python. The owner polls (see `pump`); the library's SIP socket is `sip_fd`, so that a reactor can
wake on it.

Traps kept shut here: a garbage-collected `Call` hangs up, so calls are held until gone and dropped
explicitly; a call object must not die inside its own callback, so the dead wait for the end of
`handle_events`; players are never told of their end (that callback arrives on a foreign thread): the owner
knows how long a file is.
"""

import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pjsua2 as pj
from twisted.logger import Logger

from contact_center.telephony.media.descriptors import socket_fds
from contact_center.telephony.media.dialogs import Account, Dialog
from contact_center.telephony.media.following import Following
from contact_center.telephony.media.invite import Invite, read_invite
from contact_center.telephony.media.library import (
    MOST_CALLS,
    EndpointError,
    Srtp,
    sip_headers,
    start_library,
    transport_config,
)
from contact_center.telephony.media.statistics import read_quality
from contact_center.telephony.media.subscriber import Subscriber
from contact_center.telephony.media.taping import TapePorts
from contact_center.telephony.quality import Quality

log = Logger()
REST_S = 5.0
"""A stopped player is kept this long: its last end-of-file may still be under way in pjmedia's event thread,
which crashes when the player is gone by then (about one call in two hundred, load_tests/report.md)."""
CODECS = {"PCMU/8000": 255, "PCMA/8000": 254}
REFUSE_BUSY = 486


class Owner(Protocol):
    """Who hears of what happens; called from within `Endpoint.handle_events` and its other methods."""

    def invited(self, invite: Invite) -> str | int:
        """Name the new call, or give the SIP status that refuses it. A named call has been answered 100."""

    def ringing(self, name: str, *, early: bool = False) -> None:
        """180, or 183; `early` once the far end sends sound before its answer."""

    def up(self, name: str) -> None:
        """Confirmed (ACK sent or received) and its media runs."""

    def gone(self, name: str, code: int, reason: str, sounded: Quality | None) -> None: ...

    def digit(self, name: str, digit: str) -> None: ...

    def referred(self, name: str, target: str, replaces: str | None) -> str:
        """The far end asks by REFER that we call `target` (the user part), and take over a call of ours
        (`replaces`, empty for one nobody here knows). The route to who answers for us; empty: declined."""

    def told_of_refer(self, name: str, code: int, *, final: bool) -> None:
        """A NOTIFY says how our own REFER fares."""

    def fault(self, name: str, why: str) -> None:
        """The library failed at something nobody asked for just now (media of a call that changed)."""


class Endpoint:
    """pjsua2 for one process. Create it after any fork, close it before exit."""

    def __init__(
        self,
        owner: Owner,
        *,
        host: str,
        port: int = 0,
        user_agent: str = "contact-center",
        srtp: Srtp = "if_asked",
    ) -> None:
        """`srtp` is for calls that come in; each `dial` says it for itself."""
        self.owner = owner
        self._calls: dict[str, Dialog] = {}
        self._accounts: dict[Srtp, Account] = {}
        self._dead: list[Any] = []
        self.following = Following(self)
        self.subscriber = Subscriber(self)
        self._players: dict[str, Any] = {}
        self._resting: deque[tuple[float, Any]] = deque()
        self._recorders: dict[str, Any] = {}
        self._hears: frozenset[tuple[str, str]] = frozenset()
        self._joined: set[tuple[str, str]] = set()
        self._tape: TapePorts | None = None
        self._takes: frozenset[tuple[str, str]] = frozenset()
        self._device_open = False
        self._library = start_library(user_agent)
        before = socket_fds()
        try:
            transport = self._library.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport_config(host, port))
            self.sip_fd = next(iter(socket_fds() - before))
            self.sip = str(self._library.transportGetInfo(transport).localName)
            self._library.libStart()
            for codec in self._library.codecEnum2():
                priority = next((p for c, p in CODECS.items() if codec.codecId.startswith(c)), 0)
                self._library.codecSetPriority(codec.codecId, priority)
            self._library.audDevManager().setNoDev()
            self.host = host
            self._account = self._new_account(srtp)
        except pj.Error as error:
            raise EndpointError(error.info()) from error

    def speak_tls(self, authorities: Path) -> None:
        """Connect by TLS as well, to whom one of these (PEM) vouches for, and to nobody else."""
        config = transport_config(self.host, 0)
        config.tlsConfig.CaListFile, config.tlsConfig.verifyServer = str(authorities), True
        try:
            self._library.transportCreate(pj.PJSIP_TRANSPORT_TLS, config)
        except pj.Error as error:
            raise EndpointError(error.info()) from error

    def _new_account(self, srtp: Srtp) -> Account:
        account = self._accounts[srtp] = Account(self, srtp)
        account.create(account.config())
        return account

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Who we are in calls, once for each way the sound may be encrypted."""
        return tuple(self._accounts.values())

    # -- the owner's clock ---------------------------------------------------------------------------

    def handle_events(self) -> int:
        """Read sockets, run timers and callbacks; returns how much was done. Never blocks."""
        done = int(self._library.libHandleEvents(0))
        self._dead.clear()
        self.following.library_called()
        while self._resting and self._resting[0][0] < time.monotonic():
            self._resting.popleft()
        return done

    @property
    def calls(self) -> int:
        return len(self._calls)

    @property
    def lines_free(self) -> int:
        return MOST_CALLS - len(self._calls) - self.following.lines

    def named(self, sip_call_id: str) -> str:
        """The call with this Call-ID, or empty."""
        return next((name for name in self._calls if self.sip_call_id(name) == sip_call_id), "")

    @property
    def at_rest(self) -> bool:
        """No call, and nothing that still has to leave the bridge on its beat."""
        return not self._calls and not self._resting and not self.following.lines

    def open_device(self) -> None:
        """Start the bridge's clock (a null sound device); needed while a call is up."""
        if not self._device_open:
            self._library.audDevManager().setNullDev()
            self._device_open = True

    def close_device(self) -> None:
        """Stop the bridge's clock, a few frames after the last call: ports leave the bridge on its beat."""
        if self._device_open:
            self._library.audDevManager().setNoDev()
            self._device_open = False

    def leave(self, most_s: float = 0.3) -> None:
        """Hang up everything and wait for the answers; the process should end next.

        The library is not destroyed: that takes a second and gives back nothing an exit does not.
        """
        self.hang_up_all()
        self.subscriber.sign_off()
        until = time.monotonic() + most_s
        while (self._calls or self.subscriber.registered) and time.monotonic() < until:
            self.handle_events()
            time.sleep(0.005)

    # -- calls ---------------------------------------------------------------------------------------

    def ring(self, name: str) -> None:
        self._answer(name, 180)

    def answer(self, name: str, code: int = 200) -> None:  # 183: sound before the answer
        self.open_device()
        self._answer(name, code)

    def _answer(self, name: str, code: int) -> None:
        prm = pj.CallOpParam()
        prm.statusCode = code
        try:
            self._call(name).answer(prm)
        except pj.Error as error:
            raise EndpointError(error.info()) from error

    def dial(
        self,
        name: str,
        target: str,
        *,
        from_number: str,
        from_name: str = "",
        headers: Mapping[str, str] | None = None,
        srtp: bool = False,
    ) -> None:
        """INVITE `target`, a SIP URI, from `"from_name" <sip:from_number@here>`; `srtp`: so or not at all."""
        if name in self._calls:
            raise EndpointError(f"a call {name!r} is already there")
        self.open_device()
        prm = pj.CallOpParam(True)
        quoted = from_name.replace("\\", "\\\\").replace('"', '\\"')
        prm.txOption.localUri = f'"{quoted}" <sip:{from_number}@{self.sip}>'
        prm.txOption.headers = sip_headers(headers or {})
        way: Srtp = "always" if srtp else "never"
        try:
            call = Dialog(self, self._accounts.get(way) or self._new_account(way), name)
            self._calls[name] = call
            call.makeCall(target, prm)
        except pj.Error as error:
            failed = self._calls.pop(name, None)
            if failed is not None:
                failed.endpoint = None
            raise EndpointError(error.info()) from error

    def hangup(self, name: str, *, code: int = 603, reason: str = "") -> None:
        """Reject, CANCEL or BYE, as the state of the dialog asks. A call that is gone is no error."""
        call = self._calls.get(name)
        if call is None:
            return
        if self.following.holds_back(name, code, reason):
            return
        prm = pj.CallOpParam()
        prm.statusCode = 0 if call.told_up else code  # 0: the library's own word for a BYE
        if reason:  # RFC 3326 section 2
            text = reason.replace("\\", "\\\\").replace('"', '\\"')
            prm.txOption.headers = sip_headers({"Reason": f'SIP;cause={code};text="{text}"'})
        try:
            call.hangup(prm)
        except pj.Error as error:
            raise EndpointError(error.info()) from error

    def hang_up_all(self) -> None:
        self._library.hangupAllCalls()

    def send_digits(self, name: str, digits: str) -> None:
        """Send DTMF as RFC 4733 events; who has not offered to take those is told by INFO."""
        try:
            self._call(name).dialDtmf(digits)
        except pj.Error:
            self.send_info_digits(name, digits)

    def send_info_digits(self, name: str, digits: str) -> None:
        """Send DTMF as SIP INFO (application/dtmf-relay), as some phones and trunks do."""
        prm = pj.CallSendDtmfParam()
        prm.method, prm.digits = pj.PJSUA_DTMF_METHOD_SIP_INFO, digits
        try:
            self._call(name).sendDtmf(prm)
        except pj.Error as error:
            raise EndpointError(error.info()) from error

    def refer(self, name: str, target: str) -> None:
        """Ask the far end by REFER to call `target`, a SIP URI, in our place."""
        try:
            self._call(name).xfer(target, pj.CallOpParam(True))
        except pj.Error as error:
            raise EndpointError(error.info()) from error

    def sip_call_id(self, name: str) -> str:
        return str(self._call(name).getInfo().callIdString)

    def _call(self, name: str) -> Dialog:
        call = self._calls.get(name)
        if call is None:
            raise EndpointError(f"no call {name!r}")
        return call

    # -- sound ---------------------------------------------------------------------------------------

    def play(self, name: str, files: Sequence[Path], *, loop: bool = False) -> None:
        """Play files one after another into one call's ear, replacing what it heard from files."""
        self.stop_play(name)
        media = self._media(self._call(name))
        if media is None:
            raise EndpointError(f"call {name!r} has no media yet")
        player = pj.AudioMediaPlayer()
        paths = pj.StringVector()
        for file in files:
            paths.append(str(file))
        try:
            player.createPlaylist(paths, "", 0 if loop else pj.PJMEDIA_FILE_NO_LOOP)
            player.startTransmit(media)
        except pj.Error as error:
            raise EndpointError(error.info()) from error
        self._players[name] = player

    def stop_play(self, name: str) -> None:
        player = self._players.pop(name, None)
        if player is None:
            return
        try:
            if name in self._calls and (media := self._media(self._calls[name])) is not None:
                player.stopTransmit(media)
        except pj.Error as error:  # the call's media went first, and took the link with it
            log.debug("player of {name} had left the bridge: {why}", name=name, why=error.info())
        self._resting.append((time.monotonic() + REST_S, player))

    def record(self, name: str, file: Path) -> None:
        """Write what comes from one call to a WAV file until `stop_record` or the call's end."""
        media = self._media(self._call(name))
        if media is None:
            raise EndpointError(f"call {name!r} has no media yet")
        recorder = pj.AudioMediaRecorder()
        try:
            recorder.createRecorder(str(file))
            media.startTransmit(recorder)
        except pj.Error as error:
            raise EndpointError(error.info()) from error
        self._recorders[name] = recorder

    def stop_record(self, name: str) -> None:
        self._recorders.pop(name, None)

    def start_tape(self, files: Mapping[str, Path]) -> None:
        """Open one file per track; silence is written until `set_tape` gives a track its calls."""
        self.stop_tape()
        try:
            self._tape = TapePorts(files)
        except pj.Error as error:
            raise EndpointError(error.info()) from error
        except OSError as error:
            raise EndpointError(str(error)) from error

    def set_tape(self, takes: Iterable[tuple[str, str]]) -> None:
        """The whole of what is written, as (track, call) pairs."""
        self._takes = frozenset(takes)
        self._join()

    def stop_tape(self) -> None:
        """Close the files; they are complete on the bridge's next beat."""
        if self._tape is not None:
            self._joined = {pair for pair in self._joined if pair[0] not in self._tape.tracks}
            self._tape = None
        self._takes = frozenset()

    def quality(self, name: str) -> Quality | None:
        """How a call that is up has sounded so far; None before its first packets."""
        call = self._calls.get(name)
        return None if call is None or not call.told_up else read_quality(call)

    def mix(self, hears: Iterable[tuple[str, str]]) -> None:
        """The whole matrix as (ear, mouth) pairs; each takes effect once both calls have media."""
        self._hears = frozenset(hears)
        self._join()

    def _join(self) -> None:
        """Bring the bridge from what is joined to what is wanted (its own links die with their ports)."""
        media = {name: self._media(call) for name, call in self._calls.items()}
        live = {name: port for name, port in media.items() if port is not None}
        ears = live if self._tape is None else {**live, **self._tape.tracks}
        pairs = self._hears | self._takes
        wanted = {(ear, mouth) for ear, mouth in pairs if ear in ears and mouth in live}
        try:
            for ear, mouth in self._joined - wanted:
                if ear in ears and mouth in live:
                    live[mouth].stopTransmit(ears[ear])
            for ear, mouth in wanted - self._joined:
                live[mouth].startTransmit(ears[ear])
        except pj.Error as error:
            raise EndpointError(error.info()) from error
        finally:
            self._joined = wanted

    @staticmethod
    def _media(call: Dialog) -> Any:
        info = call.getInfo()
        for media in info.media:
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status in (
                pj.PJSUA_CALL_MEDIA_ACTIVE,
                pj.PJSUA_CALL_MEDIA_REMOTE_HOLD,
            ):
                return call.getAudioMedia(media.index)
        return None

    # -- what the library says -----------------------------------------------------------------------

    def invite_came(self, call_id: int, message: str) -> None:
        invite, named = read_invite(message), None if self.lines_free > 0 else REFUSE_BUSY
        chosen = self.owner.invited(invite) if named is None else named
        refused = isinstance(chosen, int)
        call = Dialog(self, self._account, "" if refused else str(chosen), call_id)
        prm = pj.CallOpParam()
        prm.statusCode = chosen if refused else 100
        if refused:
            call.endpoint = None
            call.hangup(prm)
            self._dead.append(call)
            return
        self._calls[call.name] = call
        try:
            call.answer(prm)
        except pj.Error as error:
            self.owner.fault(call.name, error.info())

    def call_changed(self, call: Dialog, *, media: bool = False) -> None:
        """An exception must not leave a callback: it would unwind through C and end the process."""
        try:
            self._follow(call, media=media)
        except (pj.Error, EndpointError) as error:
            self.owner.fault(call.name, error.info() if isinstance(error, pj.Error) else str(error))

    def _follow(self, call: Dialog, *, media: bool) -> None:
        info = call.getInfo()
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._bury(call, info)
            return
        if media:
            self._joined = {pair for pair in self._joined if call.name not in pair}
            self._join()
        if info.state == pj.PJSIP_INV_STATE_EARLY and info.role == pj.PJSIP_ROLE_UAC:
            self.owner.ringing(call.name, early=self._media(call) is not None)
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED and not call.told_up and self._media(call) is not None:
            call.told_up = True
            self.owner.up(call.name)

    def _bury(self, call: Dialog, info: Any) -> None:
        if self._calls.pop(call.name, None) is None:
            return
        self.stop_play(call.name)
        self._recorders.pop(call.name, None)
        self._joined = {pair for pair in self._joined if call.name not in pair}
        call.endpoint = None
        self._dead.append(call)
        self.owner.gone(call.name, int(info.lastStatusCode), str(info.lastReason), call.sounded)
