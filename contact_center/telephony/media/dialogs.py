"""The library's own objects, on which it calls back: they only pass on to the endpoint. See `endpoint`."""

from typing import TYPE_CHECKING, Any

import pjsua2 as pj

from contact_center.telephony.media.library import Srtp, account_config
from contact_center.telephony.media.statistics import AUDIO, read_quality
from contact_center.telephony.quality import Quality

if TYPE_CHECKING:
    from contact_center.telephony.media.endpoint import Endpoint

DECLINE = 603


class Dialog(pj.Call):
    """One SIP dialog; all state that matters is the library's."""

    def __init__(
        self, endpoint: "Endpoint", account: "Account", name: str, call_id: int = pj.PJSUA_INVALID_ID
    ) -> None:
        super().__init__(account, call_id)
        self.endpoint: Endpoint | None = endpoint
        self.account = account
        self.name = name
        self.told_up = False
        self.sounded: Quality | None = None

    def onStreamDestroyed(self, prm: Any) -> None:  # noqa: N802  # pjsua2's names, here and below
        if prm.streamIdx == AUDIO and self.told_up:  # the last moment at which its counters can be read
            self.sounded = read_quality(self) or self.sounded

    def onCallState(self, _prm: Any) -> None:  # noqa: N802
        if self.endpoint is not None:
            self.endpoint.call_changed(self)

    def onCallMediaState(self, _prm: Any) -> None:  # noqa: N802
        if self.endpoint is not None:
            self.endpoint.call_changed(self, media=True)

    def onDtmfDigit(self, prm: Any) -> None:  # noqa: N802
        if self.endpoint is not None:
            self.endpoint.owner.digit(self.name, prm.digit)

    def onCallTransferRequest(self, prm: Any) -> None:  # noqa: N802
        """REFER (RFC 3515): accepted, the library itself dials; `Referral` is that call."""
        prm.statusCode = DECLINE
        if self.endpoint is not None:
            self.endpoint.following.refer_came(self, prm)

    def onCallTransferStatus(self, prm: Any) -> None:  # noqa: N802
        if self.endpoint is not None:
            self.endpoint.owner.told_of_refer(self.name, int(prm.statusCode), final=bool(prm.finalNotify))

    def onCallReplaceRequest(self, prm: Any) -> None:  # noqa: N802
        """INVITE with Replaces (RFC 3891): nobody takes a dialog over."""
        prm.statusCode = DECLINE


class Referral(pj.Call):
    """The call the library makes to follow the REFER of a dialog; it tells that dialog what becomes of it."""

    def __init__(self, endpoint: "Endpoint", dialog: Dialog) -> None:
        super().__init__(dialog.account)
        self.endpoint = endpoint
        self.name = dialog.name

    def onCallState(self, _prm: Any) -> None:  # noqa: N802
        if self.getInfo().state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.endpoint.following.over(self)


class Account(pj.Account):
    """Who the endpoint is."""

    def __init__(self, endpoint: "Endpoint", srtp: Srtp = "if_asked") -> None:
        super().__init__()
        self.endpoint = endpoint
        self._srtp = srtp

    def config(self) -> Any:
        """As the library wants it: who the endpoint is, and how it proves that."""
        config = account_config(self.endpoint.sip, self.endpoint.host, self._srtp)
        self.endpoint.subscriber.proves_by(config)
        return config

    def lead(self, route: str = "") -> None:
        """From now on calls of this account go by `route`, or (empty) straight to whom they are for."""
        config = self.config()
        if route:
            config.sipConfig.proxies.append(route)
        self.modify(config)

    def onRegState(self, prm: Any) -> None:  # noqa: N802
        self.endpoint.subscriber.changed(int(prm.code), int(prm.expiration))

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        self.endpoint.invite_came(prm.callId, prm.rdata.wholeMsg)
