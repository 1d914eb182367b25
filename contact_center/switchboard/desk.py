"""An agent's acts, each checked against the state it needs; the web room's `Desk`."""

from dataclasses import replace

from contact_center.acd import distribution as acd
from contact_center.agents import presence as presences
from contact_center.agents.device_test import DeviceTest, fault_of
from contact_center.agents.presence import READY, SYSTEM_REASONS, OnCall, WrapUp
from contact_center.cti import events as cti
from contact_center.customers.pop import Pop
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.switchboard import identifying, legs, taping
from contact_center.switchboard.call_desk import CallDesk
from contact_center.switchboard.session import Session


class SwitchboardDesk(CallDesk):
    """Raises `Conflict` when an act does not fit the state, `NotFound` for what is unknown."""

    async def log_on(self, agent: str) -> None:
        self._known(agent)
        with self._board.stroke() as stroke:
            self._board.presence(stroke, agent, presences.LogOn())

    async def log_off(self, agent: str) -> None:
        self._known(agent)
        activity = self._board.presence_of(agent).activity
        if isinstance(activity, (presences.Reserved, OnCall)):
            raise Conflict("busy", "a call is offered or in progress")
        with self._board.stroke() as stroke:
            self._board.presence(stroke, agent, presences.LogOff())
        await self._board.devices.detach(agent)

    async def attach_device(self, agent: str, sdp: str) -> str:
        self._known(agent)
        return await self._board.devices.attach(agent, sdp)

    async def report_device_test(self, agent: str, test: DeviceTest) -> None:
        """What the agent's browser measured; figures that will not do are refused and change nothing."""
        self._known(agent)
        state = self._board.presence_of(agent)
        if not state.logged_on:
            raise Conflict("logged_off", "log on first")
        if not state.device_up:
            raise Conflict("device", "no working microphone and connection yet")
        fault = fault_of(test)
        if fault:
            raise Conflict("device_test", fault)
        with self._board.stroke() as stroke:
            self._board.presence(stroke, agent, presences.PassDeviceTest(test=test))

    async def choose_status(self, agent: str, status: str) -> None:
        self._known(agent)
        reasons = {reason.code for reason in self._board.directory.not_ready_reasons}
        if status != READY and (status not in reasons or status in SYSTEM_REASONS):
            raise NotFound(f"no not-ready reason {status!r}")
        state = self._board.presence_of(agent)
        if not state.logged_on:
            raise Conflict("logged_off", "log on first")
        if status == READY and not state.device_up:
            raise Conflict("device", "no working microphone and connection yet")
        if status == READY and presences.untested(state):
            raise Conflict("device_test", "test this browser's phone first: microphone, level, round trip")
        with self._board.stroke() as stroke:
            self._board.presence(stroke, agent, presences.Choose(status=status))

    async def accept(self, agent: str, offer: str) -> None:
        board = self._board
        live = self._offer(agent, offer)
        if live.taken:
            return
        conversation = board.conversations[live.waiting.contact]
        with board.stroke() as stroke:
            board.acd(stroke, acd.OfferTaken(offer=offer))
            board.emit(stroke, cti.OfferAccepted(contact=live.waiting.contact, offer=offer, agent=agent))
            taken = board.distribution.offer(offer)
            board.keep(stroke, replace(board.sessions[conversation], offer=taken))
            legs.pick_up(board, stroke, conversation, agent)

    async def reject(self, agent: str, offer: str) -> None:
        self._offer(agent, offer)
        with self._board.stroke() as stroke:
            self._board.acd(stroke, acd.OfferFailed(offer=offer, reason="rejected"))

    async def pause_recording(self, agent: str | None, contact: str) -> None:
        """By the agent on the call; without an agent by another program (`api`)."""
        session = self._recorded(agent, contact)
        with self._board.stroke() as stroke:
            taping.pause(self._board, stroke, session, "agent" if agent else "api")

    async def resume_recording(self, agent: str | None, contact: str) -> None:
        session = self._recorded(agent, contact)
        with self._board.stroke() as stroke:
            taping.resume(self._board, stroke, session, "agent" if agent else "api")

    async def set_disposition(self, agent: str, contact: str, disposition: str, note: str) -> None:
        activity = self._work_on(agent, contact)
        session = self._board.session_of(contact)
        queue = activity.queue if isinstance(activity, WrapUp) else session.queue if session else None
        settings = self._board.directory.queues.get(queue or "")
        codes = settings.dispositions if settings is not None else self._board.directory.dispositions
        if disposition not in {code.code for code in codes}:
            raise NotFound(f"no disposition {disposition!r} in queue {queue}")
        said = cti.DispositionSet(contact=contact, agent=agent, disposition=disposition, note=note)
        with self._board.stroke() as stroke:
            self._board.emit(stroke, said)

    async def take_note(self, agent: str, contact: str, note: str) -> None:
        self._work_on(agent, contact)
        with self._board.stroke() as stroke:
            self._board.emit(stroke, cti.NoteTaken(contact=contact, agent=agent, note=note))

    async def choose_customer(self, agent: str, contact: str, customer: str) -> None:
        self._call_of(agent, contact)
        pop = self._board.pops.get(contact, Pop())
        chosen = await self._board.records.chosen(pop, customer)
        with self._board.stroke() as stroke:
            identifying.identify(self._board, stroke, self._call_of(agent, contact), chosen)

    async def wrap_up_done(self, agent: str) -> None:
        activity = self._board.presence_of(agent).activity
        if not isinstance(activity, WrapUp):
            raise Conflict("state", "there is no wrap-up to end")
        rule = self._board.wrap_up_rule(activity.queue)
        if rule.disposition_required and not activity.disposition:
            raise Conflict("disposition", "this queue wants a disposition first")
        with self._board.stroke() as stroke:
            self._board.presence(stroke, agent, presences.FinishWrapUp(by="done"))

    # -- checks --------------------------------------------------------------------------------------

    def _known(self, agent: str) -> None:
        if agent not in self._board.directory.agents:
            raise NotFound(f"no agent {agent!r}")

    def _offer(self, agent: str, offer: str) -> acd.Offer:
        live = self._board.distribution.offer(offer)
        if live is None or live.agent != agent:
            raise Conflict("offer", "this offer is no longer live")
        return live

    def _recorded(self, agent: str | None, contact: str) -> Session:
        session = self._board.session_of(contact) if agent is None else self._call_of(agent, contact)
        if session is None or session.recording is None:
            raise Conflict("recording", "this call is not being recorded")
        return session

    def _work_on(self, agent: str, contact: str) -> OnCall | WrapUp:
        activity = self._board.presence_of(agent).activity
        if not isinstance(activity, (OnCall, WrapUp)) or activity.contact != contact:
            raise Conflict("contact", "you are not working on this contact")
        return activity
