"""Recording a contact: from the agent's first word to the last, paused and resumed on the way."""

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from contact_center.cti import events as cti
from contact_center.ivr import events as ivr
from contact_center.runtime.directory import QueueSettings
from contact_center.switchboard.session import Recording, Session
from contact_center.switchboard.stroke import Stroke
from contact_center.telephony import calls, wire

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard

NOTICE_PLAY = "recording_notice"


def begin(board: "Switchboard", stroke: Stroke, conversation: str, queue: str, agent: str) -> None:
    """Start recording when the queue wants it, and say so to both."""
    stop(board, stroke, conversation)
    settings = board.directory.queues.get(queue)
    if settings is None or not settings.recording:
        return
    _start(board, stroke, conversation, queue, agent)
    _announce(board, stroke, board.sessions[conversation], settings, agent)


def _start(
    board: "Switchboard", stroke: Stroke, conversation: str, queue: str, agent: str, silence_s: float = 0.0
) -> None:
    session = board.sessions[conversation]
    session = replace(session, recordings_made=session.recordings_made + 1)
    name = latest(session)
    record = wire.Record(
        recording=name,
        file_left=str(board.tapes / f"{name}.left.wav"),
        file_right=str(board.tapes / f"{name}.right.wav"),
        left_leg=calls.CALLER,
        silence_s=silence_s,
    )
    stroke.op(conversation, record)
    board.keep(stroke, replace(session, recording=Recording(id=name)))
    started = cti.RecordingStarted(contact=session.contact, recording=name, queue=queue, agent=agent)
    board.emit(stroke, started)


def latest(session: Session) -> str:
    """The name of the recording begun last, whether it still runs or is over."""
    return f"{session.contact}.{session.recordings_made}"


def for_flow(
    board: "Switchboard",
    stroke: Stroke,
    conversation: str,
    asked: ivr.Tape,
) -> None:
    """A flow records the caller alone (a message, a consent), or pauses what is recorded."""
    match asked.act:
        case "start":
            stop(board, stroke, conversation)
            _start(board, stroke, conversation, asked.queue, "", asked.silence_s)
        case "stop":
            stop(board, stroke, conversation)
        case "pause":
            pause(board, stroke, board.sessions[conversation], "flow")
        case "resume":
            resume(board, stroke, board.sessions[conversation], "flow")
        case _:
            assert_never(asked.act)


def _announce(
    board: "Switchboard", stroke: Stroke, session: Session, settings: QueueSettings, agent: str
) -> None:
    language = session.flow.language if session.flow is not None else "en"
    text = notice(settings, language)
    leg = calls.agent_leg(session.call, agent)
    if not text or leg is None:
        return
    files = board.flows.files([ivr.Prompt(kind="text", value=text, language=language)])
    for ear in (calls.CALLER, leg.leg):
        stroke.op(session.conversation, wire.Play(leg=ear, play=NOTICE_PLAY, files=files))


def notice(settings: QueueSettings, language: str) -> str:
    """What is said to a caller of this language; either text serves when the other is empty."""
    own, other = settings.recording_notice, settings.recording_notice_zh
    return (other or own) if language.startswith("zh") else (own or other)


def pause(board: "Switchboard", stroke: Stroke, session: Session, by: cti.RecordingHand) -> None:
    """Silence from now on; pausing twice is pausing once."""
    if session.recording is None or session.recording.paused:
        return
    name = session.recording.id
    stroke.op(session.conversation, wire.PauseRecording(recording=name))
    board.keep(stroke, replace(session, recording=replace(session.recording, paused=True)))
    board.emit(stroke, cti.RecordingPaused(contact=session.contact, recording=name, by=by))


def resume(board: "Switchboard", stroke: Stroke, session: Session, by: cti.RecordingHand) -> None:
    if session.recording is None or not session.recording.paused:
        return
    name = session.recording.id
    stroke.op(session.conversation, wire.ResumeRecording(recording=name))
    board.keep(stroke, replace(session, recording=replace(session.recording, paused=False)))
    board.emit(stroke, cti.RecordingResumed(contact=session.contact, recording=name, by=by))


def stop(board: "Switchboard", stroke: Stroke, conversation: str) -> None:
    """The agent leaves: close the files. The conversation reports when it has."""
    session = board.sessions[conversation]
    if session.recording is not None:
        stroke.op(conversation, wire.StopRecording(recording=session.recording.id))


def ended(board: "Switchboard", stroke: Stroke, conversation: str, report: wire.RecordingEnded) -> None:
    """The conversation has closed the files, or could not write them."""
    session = board.sessions[conversation]
    if session.recording is not None and session.recording.id == report.recording:
        board.keep(stroke, replace(session, recording=None))
    over: cti.CtiEvent = cti.RecordingStopped(
        contact=session.contact, recording=report.recording, seconds=report.seconds
    )
    if report.failed:
        over = cti.RecordingFailed(contact=session.contact, recording=report.recording, why=report.failed)
        if session.recording is not None and session.recording.id == report.recording:
            stroke.flow(conversation, ivr.RecordingFailed())
    board.emit(stroke, over)


def silent(board: "Switchboard", stroke: Stroke, conversation: str, report: wire.SilenceHeard) -> None:
    """Who is recorded has said nothing for a while: for his flow to decide."""
    session = board.sessions[conversation]
    if session.recording is not None and session.recording.id == report.recording:
        stroke.flow(conversation, ivr.FellSilent(sounded_s=report.sounded_s))


def lost(board: "Switchboard", stroke: Stroke, conversation: str) -> None:
    """The conversation died while it recorded: what it wrote is there, the rest is not."""
    session = board.sessions[conversation]
    if session.recording is None:
        return
    why = "the conversation was lost"
    failed = cti.RecordingFailed(contact=session.contact, recording=session.recording.id, why=why)
    board.emit(stroke, failed)
    board.keep(stroke, replace(session, recording=None))
