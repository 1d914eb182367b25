"""Where the calls end that the library makes when it follows a REFER: the core's decision is their answer.

pjsua2 can only accept a REFER (RFC 3515) by calling, itself, whom it names; what becomes of that call it
tells the phone in NOTIFYs. So that call is led here, to a SIP user agent of this very process, and nowhere
else: it rings, is answered or is refused as the core says, the phone hears the truth, and nobody was dialled.
"""

from typing import Any

from contact_center.telephony.sip.user_agent import IncomingCall, UserAgent
from contact_center.telephony.wire import EndedBy

NOT_EXPECTED = 403
SILENT_SDP = "\r\n".join(
    (
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=-",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "m=audio 9 RTP/AVP 0",
        "a=inactive",
        "",
    )
)


class Referrals:
    """One per conversation process; its port is opened with the first REFER."""

    def __init__(self, clock: Any, host: str) -> None:
        self._clock, self._host = clock, host
        self._agent: UserAgent | None = None
        self._expected: dict[str, int | None] = {}
        """By leg: what was last said of its REFER."""
        self._calls: dict[str, IncomingCall] = {}

    def expect(self, leg: str) -> str:
        """The route (RFC 3261 section 16.4) that leads the library's call for this leg's REFER to us."""
        if self._agent is None:
            self._agent = UserAgent(self._clock, self._host, listener=self)
        self._expected[leg] = None
        return f"sip:{leg}@{self._agent.address};lr"

    def tell(self, leg: str, code: int) -> None:
        """How far it is: 1xx, or the end of it. A leg that has not sent REFER hears nothing."""
        if leg in self._expected:
            self._expected[leg] = code
            if leg in self._calls:
                _answer(self._calls[leg], code)

    # -- the user agent's listener -------------------------------------------------------------------

    def invited(self, call: IncomingCall) -> None:
        routes = call.dialog.invite.addresses("route")
        leg = (routes[0].uri.user or "") if routes else ""
        if leg not in self._expected or leg in self._calls:
            call.reject(NOT_EXPECTED)
            return
        self._calls[leg] = call
        told = self._expected[leg]
        if told is not None:
            _answer(call, told)

    def established(self, call: IncomingCall) -> None:
        call.hangup()

    def cancelled(self, call: IncomingCall) -> None:
        self._forget(call)

    def ended(self, call: IncomingCall, by: EndedBy, reason: str) -> None:
        self._forget(call)

    def _forget(self, call: IncomingCall) -> None:
        for leg in [leg for leg, each in self._calls.items() if each is call]:
            del self._calls[leg], self._expected[leg]


def _answer(call: IncomingCall, code: int) -> None:
    if code < 200:
        call.ring()
    elif code < 300:
        call.accept(SILENT_SDP)
    else:
        call.reject(code)
