"""How pjsua2 is set up in a process of ours: what the measured facts ask for, in one place."""

from collections.abc import Mapping
from typing import Any, Literal

import pjsua2 as pj

from contact_center.telephony.media.descriptors import stdout_shut

CLOCK_HZ = 8000
MOST_CALLS = 4
RTP_PORTS = (16384, 32768)  # first, and how many from there


Srtp = Literal["never", "if_asked", "always"]
SRTP = {
    "never": pj.PJMEDIA_SRTP_DISABLED,
    "if_asked": pj.PJMEDIA_SRTP_OPTIONAL,
    "always": pj.PJMEDIA_SRTP_MANDATORY,
}


class EndpointError(Exception):
    """The library refused; the message is its own."""


def start_library(user_agent: str) -> Any:
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = MOST_CALLS
    config.uaConfig.userAgent = user_agent
    config.logConfig.level = 1
    config.logConfig.consoleLevel = 0
    media = config.medConfig
    media.hasIoqueue = False  # RTP shares the polled queue: no thread of its own
    media.threadCnt = 0
    media.clockRate = media.sndClockRate = CLOCK_HZ
    media.ecTailLen = 0
    media.noVad = True
    library = pj.Endpoint()
    try:
        with stdout_shut():
            library.libCreate()
        library.libInit(config)
    except pj.Error as error:
        raise EndpointError(error.info()) from error
    return library


def transport_config(host: str, port: int) -> Any:
    config = pj.TransportConfig()
    config.port = port
    config.boundAddress = host
    return config


def account_config(sip: str, host: str, srtp: Srtp = "if_asked") -> Any:
    """`if_asked`: encrypt (SDES, RFC 4568) what the other side offers encrypted; the keys travel in our SDP,
    so a way out that must be secret is signalled over TLS by the edge."""
    config = pj.AccountConfig()
    config.idUri = f"sip:conversation@{sip}"
    rtp = config.mediaConfig.transportConfig
    rtp.boundAddress = host
    rtp.port, rtp.portRange = RTP_PORTS
    rtp.randomizePort = True
    config.mediaConfig.srtpUse = SRTP[srtp]
    config.mediaConfig.srtpSecureSignaling = 0  # the edge's business, not this hop's
    return config


def sip_headers(headers: Mapping[str, str]) -> Any:
    vector = pj.SipHeaderVector()
    for name, value in headers.items():
        header = pj.SipHeader()
        header.hName, header.hValue = name, value
        vector.append(header)
    return vector
