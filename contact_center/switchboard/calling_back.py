"""Calling back: who asked, his place in line, the call itself, and how it ends (`turn_taking` says when)."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from contact_center.acd import callbacks
from contact_center.acd.callback import Callback
from contact_center.acd.contact import Waiting
from contact_center.cti import events as cti
from contact_center.customers.pop import Pop
from contact_center.ivr import events as ivr
from contact_center.ivr import interpreter
from contact_center.runtime.directory import QueueSettings
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.runtime.requirements import Need
from contact_center.switchboard import identifying, legs, line, outbound, transfers
from contact_center.switchboard.favouring import callback_promise, promise_to
from contact_center.switchboard.promising import Promise
from contact_center.switchboard.session import Session
from contact_center.switchboard.stroke import Stroke
from contact_center.switchboard.turn_taking import TurnTaking
from contact_center.telephony import calls, wire

_log = logging.getLogger(__name__)
FLOW = "callback"
"""The flow a customer enters when he answers; without one of this name he waits with music at once."""

BUSY = (486, 600)
UNREACHABLE = (404, 410, 484, 604)
UNANSWERED = (408, 480, 487, 603)


class CallingBack(TurnTaking):
    """Rules that change something take the stroke they belong to."""

    # -- asking --------------------------------------------------------------------------------------

    def terms(self, stroke: Stroke, conversation: str, queue: str, number: str) -> None:
        """Tell a flow whether this number could be called back."""
        session = self._board.sessions[conversation]
        place = session.left
        if place is None or place.queue != queue:
            need = self._board.flows.needs(queue, transfers.language_of(session))
            place = Waiting(contact=session.contact, queue=queue, enqueued_at=stroke.now).needing(need)
        wait = self._board.distribution.would_wait(place, stroke.now)
        promised = self.promise(session.contact, queue, stroke.now)
        answer = ivr.CallbackTerms(
            available=self.book.refusal(queue, stroke.now) is None,
            number=self.allowed(number) or "",
            wait_s=None if wait is None else wait.likely_s,
            promise_s=None if promised is None else promised.at - stroke.now,
            promise_next_day=promised is not None and promised.next_day,
        )
        stroke.flow(conversation, answer)

    def promise(self, contact: str, queue: str, now: float) -> Promise | None:
        """By when this caller would be called back, as his tier has it."""
        if queue not in self._board.directory.queues:
            return None
        return callback_promise(self._board, contact, queue, self.hours(queue), now)

    def follow(self, batch: Sequence[cti.Recorded]) -> None:
        """A listener of the log: whose record was merged is recognised as who waits for his callback."""
        for recorded in batch:
            if isinstance(recorded.event, cti.CustomersMerged):
                self.book.merged(recorded.event.absorbed, recorded.event.kept)

    def allowed(self, number: str) -> str | None:
        """The number as it would be called; None for one that nobody may have called (toll fraud)."""
        e164 = self._board.records.callable_back(number)
        return e164 if e164 is not None and self._board.trunks.allows(e164) else None

    def request(self, stroke: Stroke, conversation: str, wanted: ivr.RequestCallback) -> None:
        """The caller takes it: his place in line stays when he hangs up."""
        board = self._board
        session = board.sessions[conversation]
        number = self.allowed(wanted.number)
        if number is None or self.book.refusal(wanted.queue, stroke.now) is not None:
            stroke.flow(conversation, ivr.CallbackPlaced(placed=False))
            return
        left = session.left if session.left is not None and session.left.queue == wanted.queue else None
        promised = self.promise(session.contact, wanted.queue, stroke.now)
        asked = callbacks.Asked(
            callback=board.new_contact(),
            contact=session.contact,
            queue=wanted.queue,
            number=number,
            need=Need(ways=(wanted.skills,), priority=wanted.priority) if left is None else left.need,
            enqueued_at=self.since(session, wanted.queue, stroke.now),
            language=session.flow.language if session.flow is not None else "en",
            customer=session.customer,
            promised_at=None if promised is None else promised.at,
        )
        self._take(stroke, asked)
        board.keep(stroke, replace(session, called_back=True, callback=None, left=None, counted=False))
        stroke.flow(conversation, ivr.CallbackPlaced(placed=True))

    async def add(self, queue: str, number: str, language: str, by: str) -> Callback:
        """A user wants somebody called back; a customer who is known by the number is promised it as he is.

        Raises `NotFound` and `Conflict`; nothing has changed then.
        """
        allowed = self.allowed(number)
        known = await identifying.fetch(self._board, allowed) if allowed is not None else Pop()
        return self._add(queue, number, language, by, known)

    def _add(self, queue: str, number: str, language: str, by: str, known: Pop) -> Callback:
        board = self._board
        settings = board.directory.queues.get(queue)
        if settings is None:
            raise NotFound(f"no queue {queue!r}")
        allowed = self.allowed(number)
        if allowed is None:
            raise Conflict("target", f"{number!r} must not be called")
        refusal = self.book.refusal(queue, board.log.now())
        if refusal in ("off", "full"):
            raise Conflict(
                "callback", "this queue calls nobody back" if refusal == "off" else "too many wait"
            )
        with board.stroke() as stroke:
            promised = promise_to(board, known, queue, self.hours(queue), stroke.now)
            asked = callbacks.Asked(
                callback=board.new_contact(),
                contact=None,
                queue=queue,
                number=allowed,
                need=board.flows.needs(queue, language),
                enqueued_at=stroke.now,
                language=language,
                customer=known.customer.id if known.customer is not None else None,
                by=by,
                promised_at=None if promised is None else promised.at,
            )
            self._take(stroke, asked)
            self._take(stroke, callbacks.TimeReached())
        self._stir()
        found = next(
            (each for each in self.book.all() if each.queue == queue and each.number == allowed), None
        )
        if found is None:
            raise Conflict("callback", "the queue does not call before it would be too late")
        return found

    def cancel(self, callback: str, by: str) -> None:
        """Out of the line; `Conflict` while the customer is on the phone for it."""
        one = self._known(callback)
        session = self._board.session_of(one.contact or "")
        reached = session is not None and calls.caller_up(session.call)
        if reached or (session is not None and session.agent is not None):
            raise Conflict("callback", "the customer is on the phone")
        with self._board.stroke() as stroke:
            self._take(stroke, callbacks.Cancel(callback=callback, by=by))
            if session is not None:
                self._end(stroke, session, "cancelled")

    def call_now(self, callback: str) -> None:
        """No pause any more: it is called as soon as its place lets it."""
        if self._known(callback).state != "waiting":
            raise Conflict("callback", "it is being called")
        with self._board.stroke() as stroke:
            self._take(stroke, callbacks.CallNow(callback=callback))
        self._stir()

    def _known(self, callback: str) -> Callback:
        one = self.book.get(callback)
        if one is None:
            raise NotFound(f"no callback {callback!r} is open")
        return one

    def _end(self, stroke: Stroke, session: Session, why: str) -> None:
        """End an attempt nobody is on yet."""
        finish = calls.Finish(code=487, reason=why, by="system")
        if session.call.legs:
            self._board.call(stroke, session.conversation, finish)
        else:  # only its place in line was there
            gone = calls.CallerGone(by="system", code=487)
            legs.caller_gone(self._board, stroke, session.conversation, gone)
            stroke.finished.add(session.conversation)

    # -- places in line ------------------------------------------------------------------------------

    def of(self, session: Session) -> Callback | None:
        """The open callback that this call fulfils."""
        return self.book.of_contact(session.contact) if session.callback is not None else None

    def since(self, session: Session, queue: str, now: float) -> float:
        """Since when a call that now enters this queue waits there."""
        since = now - session.wait_s
        callback = self.of(session)
        if callback is not None and callback.queue == queue:
            since = min(since, callback.enqueued_at)
        if session.left is not None and session.left.queue == queue:
            since = min(since, session.left.enqueued_at)
        return since

    def called_in(self, stroke: Stroke, conversation: str, queue: str) -> Session:
        """A caller enters a queue: a callback he has there becomes this call."""
        board = self._board
        session = board.sessions[conversation]
        if session.callback is not None or session.direction == "outbound":
            return session
        came = callbacks.CalledIn(
            contact=session.contact, queue=queue, number=session.from_number, customer=session.customer
        )
        self._take(stroke, came)
        joined = self.book.of_contact(session.contact)
        if joined is not None:
            session = replace(session, callback=joined.id)
            board.keep(stroke, session)
        return session

    def stands(self, stroke: Stroke, session: Session) -> None:
        """The customer who was called stands in line."""
        if session.is_attempt:
            self._take(stroke, callbacks.Answered(contact=session.contact))

    def let_go_for(self, stroke: Stroke, session: Session) -> None:
        """Whoever was kept for this call is the line's again."""
        if session.callback is not None:
            self._let_go(stroke, session.callback)

    def waited_s(self, session: Session, now: float) -> float:
        callback = self.of(session)
        return 0.0 if callback is None else round(max(0.0, now - callback.enqueued_at), 3)

    def talking(self, stroke: Stroke, contact: str, agent: str) -> None:
        self._take(stroke, callbacks.Talking(contact=contact, agent=agent))

    def over(self, stroke: Stroke, session: Session, gone: calls.CallerGone) -> None:
        """A call that had a callback's place is over."""
        callback = self.of(session)
        if callback is not None:
            settings = self._board.directory.queues.get(callback.queue)
            agent_first = settings is not None and settings.callback == "agent_first"
            why = _why(session, callback, gone, agent_first=agent_first)
            self._take(stroke, callbacks.Over(contact=session.contact, why=why))
        self.let_go_for(stroke, session)
        if session.called_back:
            self._stir()  # now he can be called

    # -- the attempt ---------------------------------------------------------------------------------

    async def _dial(self, callback: str) -> None:
        """Get a conversation and call; whatever does not fit any more leaves the callback where it is."""
        board = self._board
        one = self.book.get(callback)
        if one is None or self.allowed(one.number) is None:
            _log.warning("callback %s has no way out now", callback)
            self._not_begun(callback)
            return
        try:
            conversation = await board.media.claim()
        except Conflict as no:
            _log.info("callback %s cannot be called yet: %s", callback, no)
            self._not_begun(callback)
            return
        one = self.book.get(callback)
        if one is None or one.state != "waiting" or one.number in self._engaged():
            self._not_begun(callback)
            return
        settings = board.directory.queues[one.queue]
        session = Session(
            contact=board.new_contact(),
            conversation=conversation,
            call=calls.Call(conversation=conversation),
            from_number=one.number,
            to_number=board.caller_id(one.queue),
            queue=one.queue,
            direction="outbound",
            callback=callback,
        )
        board.conversations[session.contact] = conversation
        self._keeping.begun(callback)
        with board.stroke() as stroke:
            self._begin(stroke, session, one, settings)

    def _begin(self, stroke: Stroke, session: Session, one: Callback, settings: QueueSettings) -> None:
        board, conversation = self._board, session.conversation
        agent_first = settings.callback == "agent_first"
        board.keep(stroke, session)
        arrived = cti.ContactArrived(
            contact=session.contact,
            conversation=conversation,
            channel="voice",
            direction="outbound",
            from_number=session.to_number,
            from_name="",
            to_number=one.number,
            queue=one.queue,
        )
        board.emit(stroke, arrived)
        dialled = callbacks.Dialled(callback=one.id, contact=session.contact, agent_first=agent_first)
        self._take(stroke, dialled)
        if agent_first:
            line.enqueue(board, stroke, conversation, one.queue, one.need)
        else:
            outbound.dial_customer(board, stroke, conversation, settings.callback_ring_s)
            stroke.then(lambda: identifying.look_up(board, conversation, one.number))

    def _not_begun(self, callback: str) -> None:
        with self._board.stroke() as stroke:
            self._keeping.not_begun(callback, stroke.now)
            self._let_go(stroke, callback)
            self._arm(stroke.now)

    def answered(self, stroke: Stroke, conversation: str) -> None:
        """The customer is there: the greeting, then his place in line."""
        board = self._board
        session = board.sessions[conversation]
        one = self.of(session)
        if one is None:
            self._end(stroke, session, "nobody wants this call any more")
            return
        flow = board.flows.named(FLOW)
        if flow is None:
            music = board.flows.hold_music()
            stroke.op(conversation, wire.Play(leg=calls.CALLER, play=calls.HOLD_PLAY, files=music, loop=True))
            line.enqueue(board, stroke, conversation, one.queue, one.need)
            return
        before = ivr.FlowState(flow="", version="", language=one.language, answered=True)
        board.emit(stroke, cti.FlowEntered(contact=session.contact, flow=flow.name, version=flow.version))
        board.keep(stroke, replace(session, flow=interpreter.begin(flow, before)))
        confirm = board.directory.queues[one.queue].callback_confirm
        entered = ivr.Entered(
            caller_number=one.number, called_number=session.to_number, variables={"confirm": confirm}
        )
        stroke.flow(conversation, entered)

    def agent_is_there(self, stroke: Stroke, conversation: str) -> None:
        """The agent took it first: now the number is called, and he hears it ring."""
        settings = self._board.directory.queues[self._board.sessions[conversation].queue or ""]
        outbound.dial_customer(self._board, stroke, conversation, settings.callback_ring_s)


def _why(session: Session, callback: Callback, gone: calls.CallerGone, *, agent_first: bool) -> cti.MissedWhy:
    """Why the call came to nothing, in the words of `MissedWhy`."""
    if session.failed:
        return "failed"
    if callback.state == "joined" or (callback.state == "in_line" and not agent_first):
        return "left_waiting"
    if session.flow is not None:
        return "not_confirmed"
    if gone.by == "agent" or (agent_first and session.agent is None):
        return "no_agent"
    return _of_code(gone.code)


def _of_code(code: int) -> cti.MissedWhy:
    if code in BUSY:
        return "busy"
    if code in UNREACHABLE:
        return "unreachable"
    return "no_answer" if code in UNANSWERED else "failed"
