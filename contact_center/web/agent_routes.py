"""What an agent does: every route acts as the session's own agent, and the desk decides."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends

from contact_center.runtime.directory import Directory
from contact_center.switchboard.measuring import HeardThere
from contact_center.web.access import Access
from contact_center.web.bodies import (
    CallBegun,
    CallOrder,
    Catalogue,
    CustomerChoice,
    DeviceAnswer,
    DeviceOffer,
    DispositionChoice,
    HeardInBrowser,
    Keys,
    Note,
    StatusChoice,
    TestedDevice,
    TransferOrder,
    TransferTargets,
    catalogue_of,
)
from contact_center.web.ports import Desk


def agent_routes(access: Access, desk: Desk, directory: Callable[[], Directory]) -> APIRouter:
    routes = APIRouter(tags=["agent"])
    _add_agent(routes, access, desk)
    _add_contacts(routes, access, desk)
    _add_sending_on(routes, access, desk)

    @routes.get("/catalogue", dependencies=[Depends(access.session)])
    async def catalogue() -> Catalogue:
        """Codes, queues and agents to choose from."""
        return catalogue_of(directory())

    return routes


def _add_agent(routes: APIRouter, access: Access, desk: Desk) -> None:
    own_agent = Annotated[str, Depends(access.own_agent)]

    @routes.post("/agent/log-on", status_code=204)
    async def log_on(agent: own_agent) -> None:
        """Enter, not ready; twice is the same as once."""
        await desk.log_on(agent)

    @routes.post("/agent/log-off", status_code=204)
    async def log_off(agent: own_agent) -> None:
        """Leave; refused (409) during a call."""
        await desk.log_off(agent)

    @routes.post("/agent/device")
    async def attach_device(agent: own_agent, offer: DeviceOffer) -> DeviceAnswer:
        """Connect the browser's audio: SDP offer in, SDP answer out, candidates included in both."""
        return DeviceAnswer(sdp=await desk.attach_device(agent, offer.sdp))

    @routes.post("/agent/device/test", status_code=204)
    async def report_device_test(agent: own_agent, tested: TestedDevice) -> None:
        """What the browser's test of its phone measured; 409 `device_test` when that will not do."""
        await desk.report_device_test(agent, tested.test())

    @routes.post("/agent/status", status_code=204)
    async def choose_status(agent: own_agent, choice: StatusChoice) -> None:
        """Choose `ready` or a not-ready reason; while busy it takes effect after wrap-up.

        *Ready* is refused (409) without a device (`device`), or with an untested browser (`device_test`).
        """
        await desk.choose_status(agent, choice.status)

    @routes.post("/agent/wrap-up/done", status_code=204)
    async def wrap_up_done(agent: own_agent) -> None:
        """End after-call work; 409 `disposition` when one is required and missing."""
        await desk.wrap_up_done(agent)


def _add_contacts(routes: APIRouter, access: Access, desk: Desk) -> None:
    own_agent = Annotated[str, Depends(access.own_agent)]

    @routes.post("/offers/{offer}/accept", status_code=204)
    async def accept(agent: own_agent, offer: str) -> None:
        """Take the offered contact; 409 when the offer is no longer live."""
        await desk.accept(agent, offer)

    @routes.post("/offers/{offer}/reject", status_code=204)
    async def reject(agent: own_agent, offer: str) -> None:
        """Give the offered contact back; 409 when the offer is no longer live."""
        await desk.reject(agent, offer)

    @routes.post("/contacts/{contact}/hold", status_code=204)
    async def hold(agent: own_agent, contact: str) -> None:
        await desk.hold(agent, contact)

    @routes.post("/contacts/{contact}/retrieve", status_code=204)
    async def retrieve(agent: own_agent, contact: str) -> None:
        await desk.retrieve(agent, contact)

    @routes.post("/contacts/{contact}/hang-up", status_code=204)
    async def hang_up(agent: own_agent, contact: str) -> None:
        await desk.hang_up(agent, contact)

    @routes.post("/contacts/{contact}/mute", status_code=204)
    async def mute(agent: own_agent, contact: str) -> None:
        """Nobody hears the agent, whatever phone it is; twice is the same as once."""
        await desk.mute(agent, contact, on=True)

    @routes.post("/contacts/{contact}/unmute", status_code=204)
    async def unmute(agent: own_agent, contact: str) -> None:
        await desk.mute(agent, contact, on=False)

    @routes.post("/contacts/{contact}/quality", status_code=204)
    async def quality(agent: own_agent, contact: str, heard: HeardInBrowser) -> None:
        """What the browser measures of the sound that reaches it; every few seconds of a call."""
        there = HeardThere(contact=contact, lost=heard.lost, round_trip_ms=heard.round_trip_ms)
        await desk.heard_there(agent, there)

    @routes.post("/contacts/{contact}/digits", status_code=204)
    async def digits(agent: own_agent, contact: str, keys: Keys) -> None:
        """Send keys to whoever hears the agent now."""
        await desk.press(agent, contact, keys.digits)

    @routes.post("/contacts/{contact}/disposition", status_code=204)
    async def set_disposition(agent: own_agent, contact: str, choice: DispositionChoice) -> None:
        """Say how it ended, from accept until wrap-up ends; the last word counts."""
        await desk.set_disposition(agent, contact, choice.disposition, choice.note)

    @routes.post("/contacts/{contact}/note", status_code=204)
    async def take_note(agent: own_agent, contact: str, taken: Note) -> None:
        """Keep what the agent wrote, with or without a disposition, from accept until wrap-up ends."""
        await desk.take_note(agent, contact, taken.note)

    @routes.post("/contacts/{contact}/customer", status_code=204)
    async def choose_customer(agent: own_agent, contact: str, choice: CustomerChoice) -> None:
        """Say which of several matching records the caller is."""
        await desk.choose_customer(agent, contact, choice.customer)


def _add_sending_on(routes: APIRouter, access: Access, desk: Desk) -> None:
    own_agent = Annotated[str, Depends(access.own_agent)]

    @routes.get("/transfer-targets")
    async def transfer_targets(agent: own_agent) -> TransferTargets:
        """Who a customer may be sent to: agents, whoever is ready first, then queues, then flows."""
        return TransferTargets(targets=desk.transfer_targets(agent))

    @routes.post("/contacts/{contact}/transfer", status_code=204)
    async def transfer(agent: own_agent, contact: str, order: TransferOrder) -> None:
        """Send the customer on: `blind` leaves at once, `attended` asks first."""
        await desk.transfer(agent, contact, order.to.target(), order.how)

    @routes.post("/contacts/{contact}/consult/complete", status_code=204)
    async def complete(agent: own_agent, contact: str) -> None:
        """Leave the customer with whoever was asked; before an answer it becomes a blind transfer."""
        await desk.consult_complete(agent, contact)

    @routes.post("/contacts/{contact}/consult/swap", status_code=204)
    async def swap(agent: own_agent, contact: str) -> None:
        """Turn from one to the other; who is left hears music."""
        await desk.consult_swap(agent, contact)

    @routes.post("/contacts/{contact}/consult/cancel", status_code=204)
    async def cancel(agent: own_agent, contact: str) -> None:
        """Take the question back; agent and customer talk again."""
        await desk.consult_cancel(agent, contact)

    @routes.post("/contacts/{contact}/consult/conference", status_code=204)
    async def conference(agent: own_agent, contact: str) -> None:
        """All talk with all; whoever leaves, the others go on."""
        await desk.consult_conference(agent, contact)

    @routes.post("/calls", status_code=201)
    async def call(agent: own_agent, order: CallOrder) -> CallBegun:
        """Call a number for a queue: the agent's own device is connected first, then the number rings."""
        return CallBegun(contact=await desk.call(agent, order.to, order.queue))
