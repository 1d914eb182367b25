"""RFC 4475 torture messages, written anew from the RFC's descriptions; test names are its labels."""

import pytest

from contact_center.telephony.sip.edge.fork import Send
from contact_center.telephony.sip.edge.places import Where
from contact_center.telephony.sip.edge.proxy import ClaimConversation, Proxy
from contact_center.telephony.sip.edge.signing import Signer
from contact_center.telephony.sip.message import MalformedMessage, Via, parse
from tests.sip_samples import a_request, a_response, wire
from tests.unit.test_sip_registrar import CONTACT, Bench

_REST = """Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bK.a
From: <sip:caller@example.com>;tag=93942939o2
To: <sip:user@example.com>
Call-ID: torture.0ha0isndaksdj
CSeq: 8 INVITE
Max-Forwards: 70
Contact: <sip:caller@host5.example.net>
Content-Length: 0"""


def _invite(start: str = "INVITE sip:user@example.com SIP/2.0", **changed: str) -> bytes:
    """A sound INVITE in which the named headers (`_` for `-`) have another value."""
    lines = []
    for line in _REST.split("\n"):
        name = line.partition(":")[0]
        lines.append(f"{name}: {changed.pop(name.replace('-', '_'), line.partition(': ')[2])}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in changed.items()]
    return wire("\n".join([start, *lines]))


def _options(**changed: str) -> bytes:
    return _invite("OPTIONS sip:user@example.com SIP/2.0", **{"CSeq": "8 OPTIONS", **changed})


# -- 3.1.1: valid, however odd ---------------------------------------------------------------------------


def test_wsinv_short_tortuous_invite() -> None:
    message = a_request(
        wire(
            """
INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : 0
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33
"""
        )
    )
    assert message.to.tag == "1918181833n"
    assert message.from_.name == 'J Rosenberg \\"'
    assert (message.cseq.number, message.cseq.method) == (9, "INVITE")
    branches = [Via.parse(value).branch for value in message.headers.values("via")]
    assert branches == ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]
    assert message.headers.get("newfangledheader") == "newfangled value continued newfangled value"
    contact = message.addresses("contact")[0]
    assert contact.params == (("newparam", "newvalue"), ("secondparam", None), ("q", "0.33"))
    assert message.addresses("route")[0].uri.param("lr") == ""


def test_intmeth_wide_range_of_valid_characters() -> None:
    method = "!interesting-Method0123456789_*+`.%indeed'~"
    user = "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    message = a_request(
        _invite(
            f"{method} sip:{user}@example.com SIP/2.0",
            CSeq=f"139122385 {method}",
            To='"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:1_unusual.URI~(to-be!sure)@example.com>',
            From="token1~` token2'+_ token3*%!.- <sip:mundane@example.com>"
            ";fromParam''~+*_!.-%=\"\u0431\u0430\";tag=x",
        )
    )
    assert message.method == method
    assert message.uri.user == user
    assert message.to.name == "BEL:\x07 NUL:\x00 DEL:\x7f"


def test_esc01_escaped_characters_in_uris() -> None:
    target = "sip:sips%3Auser%40example.com@example.net"
    assert a_request(_invite(f"INVITE {target} SIP/2.0")).uri.number == "sips:user@example.com"


def test_escnull_escaped_nulls() -> None:
    message = a_request(_invite(From="sip:null-%00-null@example.com;tag=839923423"))
    assert message.from_.uri.number == "null-\x00-null"


def test_esc02_percent_is_not_an_escape_in_a_method() -> None:
    message = a_request(_invite("RE%47IST%45R sip:registrar.example.com SIP/2.0", CSeq="29344 RE%47IST%45R"))
    assert message.method == "RE%47IST%45R"


def test_lwsdisp_no_space_between_display_name_and_bracket() -> None:
    assert a_request(_invite(From="caller<sip:caller@example.com>;tag=323")).from_.name == "caller"


def test_longreq_long_values() -> None:
    user = "sip:" + "amazinglylongcallername" * 40 + "@example.net"
    message = a_request(
        _invite(From=f'"{"I have a user name of extreme proportion " * 30}" <{user}>;tag={"x" * 900}')
    )
    assert len(message.from_.tag) == 900


def test_dblreq_extra_octets_after_the_message() -> None:
    message = a_request(_invite() + b"INVITE sip:joe@example.com SIP/2.0\r\nt: sip:joe@example.com\r\n\r\n")
    assert message.body == b""


def test_semiuri_semicolon_in_the_user_part() -> None:
    target = "sip:user;par=u%40example.net@example.com"
    assert (
        a_request(_invite(f"OPTIONS {target} SIP/2.0", CSeq="8 OPTIONS")).uri.user
        == "user;par=u%40example.net"
    )


def test_transports_unknown_and_varied() -> None:
    for transport in ("UDP", "SCTP", "TLS", "UNKNOWN", "TCP"):
        datagram = _invite(Via=f"SIP/2.0/{transport} t1.example.com;branch=z9hG4bKkdjuw")
        assert a_request(datagram).via.transport == transport


def test_mpart01_multipart_with_binary_parts() -> None:
    body = "--7a9\r\nContent-Type: text/plain\r\n\r\nHi\r\n--7a9\r\n\r\n\x00\x01\xff\r\n--7a9--"
    start = "MESSAGE sip:kumiko@example.org SIP/2.0"
    datagram = wire(
        f"{start}\n{_REST}".replace("8 INVITE", "8 MESSAGE").replace(
            "Content-Length: 0",
            f"Content-Type: multipart/mixed;boundary=7a9\nContent-Length: {len(body.encode())}",
        ),
        body,
    )
    assert a_request(datagram).body == body.encode()
    assert bytes(parse(datagram)) == datagram


def test_unksm2_unknown_schemes_in_headers() -> None:
    message = a_request(
        _invite(To="isbn:2983792873", From="<http://www.example.com>;tag=1", Contact="<name:John_Smith>")
    )
    assert (str(message.to.uri), str(message.from_.uri)) == ("isbn:2983792873", "http://www.example.com")


def test_baddate_a_date_we_do_not_read_harms_nothing() -> None:
    assert a_request(_invite(Date="Fri, 01 Jan 2010 16:00:00 EST")).headers.get("date").endswith("EST")


def test_unreason_unusual_reason_phrase() -> None:
    start = "SIP/2.0 200 = 2**3 * 5**2 \u043d\u043e \u0441\u0442\u043e"
    datagram = _invite(start)
    assert a_response(datagram).reason.startswith("= 2**3")
    assert bytes(parse(datagram)) == datagram


def test_noreason_empty_reason_phrase() -> None:
    assert a_response(_invite("SIP/2.0 100 ")).status == 100


# -- 3.1.2: invalid --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "datagram"),
    [
        ("badinv01", _invite(Via="SIP/2.0/UDP 192.0.2.15;;,;,,")),
        ("clerr", _invite(Content_Length="9999")),
        ("ncl", _invite(Content_Length="-999")),
        ("scalar02", _invite(CSeq="36893488147419103232 INVITE")),
        ("scalar02 hops", _invite(Max_Forwards="300")),
        ("quotbal", _invite(To='"Mr. J. User <sip:j.user@example.com>')),
        ("ltgtruri", _invite("INVITE <sip:user@example.com> SIP/2.0")),
        ("lwsruri", _invite("INVITE sip:user@example.com; lr SIP/2.0")),
        ("lwsstart", _invite("INVITE  sip:user@example.com  SIP/2.0")),
        ("trws", _invite("INVITE sip:user@example.com SIP/2.0  ")),
        ("escruri", _invite("INVITE sip:user@example.com?Route=%3Csip:sip.example.com%3E SIP/2.0")),
        ("regbadct", _invite(To="sip:user@example.com?Route=%3Csip:sip.example.com%3E")),
        ("badaspec", _invite(To="<sip:Watson, Thomas@example.org>")),
        ("baddn", _invite(From="Bell, Alexander <sip:a.g.bell@example.com>;tag=43")),
        ("mismatch01", _invite("OPTIONS sip:user@example.com SIP/2.0")),
        ("mismatch02", _invite("NEWMETHOD sip:user@example.com SIP/2.0")),
        ("bigcode", _invite("SIP/2.0 4294967301 better not break the receiver")),
        ("multi01", _invite(CSEQ="59 INVITE")),
        ("mcl01", _invite(content_length="15")),
        ("insuf", wire("INVITE sip:u@example.com SIP/2.0\nCSeq: 1 INVITE\nVia: SIP/2.0/UDP a;branch=z9hG4")),
    ],
)  # fmt: skip
def test_invalid_messages_are_refused_with_400(label: str, datagram: bytes) -> None:
    with pytest.raises(MalformedMessage) as caught:
        parse(datagram)
    assert caught.value.status == 400, label


def test_badvers_unknown_protocol_version() -> None:
    with pytest.raises(MalformedMessage) as caught:
        parse(_invite("OPTIONS sip:t@example.com SIP/7.0", CSeq="8 OPTIONS"))
    assert caught.value.status == 505


@pytest.mark.parametrize(
    "target", ["nobodyKnowsThisScheme:totallyopaquecontent", "soap.beep://192.0.2.103:3002"]
)
def test_unkscm_unknown_scheme_parses_and_is_the_users_to_refuse(target: str) -> None:
    assert str(a_request(_invite(f"OPTIONS {target} SIP/2.0", CSeq="8 OPTIONS")).uri) == target


# -- as the edge answers them ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "datagram", "status"),
    [
        ("clerr", _invite(Content_Length="9999"), 400),
        ("ncl", _invite(Content_Length="-999"), 400),
        ("scalar02", _invite(CSeq="36893488147419103232 INVITE"), 400),
        ("quotbal", _invite(To='"Mr. J. User <sip:j.user@example.com>'), 400),
        ("ltgtruri", _invite("INVITE <sip:user@example.com> SIP/2.0"), 400),
        ("escruri", _invite("INVITE sip:user@example.com?Route=%3Csip:sip.example.com%3E SIP/2.0"), 400),
        ("mismatch01", _invite("OPTIONS sip:user@example.com SIP/2.0"), 400),
        ("mismatch02", _invite("NEWMETHOD sip:user@example.com SIP/2.0"), 400),
        ("badvers", _invite("OPTIONS sip:t@example.com SIP/7.0", CSeq="8 OPTIONS"), 505),
        ("unkscm", _invite("OPTIONS nobodyKnowsThisScheme:opaque SIP/2.0", CSeq="8 OPTIONS"), 416),
        ("novelsc", _invite("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", CSeq="8 OPTIONS"), 416),
        ("zeromf", _invite("OPTIONS sip:u@example.com SIP/2.0", CSeq="8 OPTIONS", Max_Forwards="0"), 483),
        ("bext01", _invite("OPTIONS sip:u@example.com SIP/2.0", CSeq="8 OPTIONS", Proxy_Require="odd"), 420),
        ("intmeth", _invite("!odd sip:u@example.com SIP/2.0", CSeq="8 !odd"), 405),
        ("esc02", _invite("RE%47IST%45R sip:r.example.com SIP/2.0", CSeq="8 RE%47IST%45R"), 405),
        ("insuf", wire("INVITE sip:u@example.com SIP/2.0\nVia: SIP/2.0/UDP a;branch=z9hG4"), 0),
        ("bcast", _invite("SIP/2.0 200 OK"), 0),
        ("scalarlg", _invite("SIP/2.0 503 Overlarge", CSeq="9292394834772304023312 OPTIONS"), 0),
        ("badbranch", _options(Via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"), 200),
        ("unksm2", _options(To="isbn:2983792873", From="<http://www.example.com>;tag=1"), 200),
        ("baddate", _options(Date="Fri, 01 Jan 2010 16:00:00 EST"), 200),
        ("bigcode", _invite("SIP/2.0 4294967301 better not break the receiver"), 0),
        ("multi01", _invite(CSEQ="59 INVITE"), 400),
        ("mcl01", _invite(content_length="15"), 400),
    ],
)  # fmt: skip
def test_the_edge_answers_each_case_as_the_rfc_says(label: str, datagram: bytes, status: int) -> None:
    proxy = Proxy(Signer(b"s" * 32), Where("192.0.2.1", 5060))
    effects = proxy.received(datagram, Where("203.0.113.7", 5060), 0.0)
    if status == 0:
        assert effects == (), f"{label}: nothing is said"
    else:
        (effect,) = effects
        assert isinstance(effect, Send)
        assert effect.datagram.startswith(f"SIP/2.0 {status} ".encode()), label
        assert effect.where.host == "203.0.113.7"


def test_inv2543_an_invite_of_the_old_kind_is_taken() -> None:
    """Without branch, From tag and Max-Forwards (section 3.4.1)."""
    proxy = Proxy(Signer(b"s" * 32), Where("192.0.2.1", 5060))
    datagram = wire(
        """
INVITE sip:UserB@example.com SIP/2.0
Via: SIP/2.0/UDP iftgw.example.com
From: <sip:+13035551111@ift.client.example.net;user=phone>
Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>
To: sip:+16505552222@ss1.example.net;user=phone
Call-ID: inv2543.1717@ift.client.example.com
CSeq: 56 INVITE
Content-Type: application/sdp
Content-Length: 0
"""
    )
    assert [type(e) for e in proxy.received(datagram, Where("203.0.113.7", 5060), 0.0)] == [ClaimConversation]


# -- 3.3.8-3.3.13: registrations -------------------------------------------------------------------------


def test_regaut01_an_unknown_scheme_of_authorization_is_challenged_anew() -> None:
    bench = Bench()
    said = bench.register(CONTACT, "Authorization: NoOneKnowsThisScheme opaque-data=here", log_in=None)
    assert said.status == 401


@pytest.mark.parametrize(
    ("label", "contact", "kept"),
    [
        ("cparam01", "sip:+19725552222@gw1.example.net;unknownparam", "sip:+19725552222@gw1.example.net"),
        ("cparam02", "<sip:+1972@gw1.example.net;unknownparam>", "sip:+1972@gw1.example.net;unknownparam"),
        ("regescrt", "<sip:u@example.com?Route=%3Csip:s.x%3E>", "sip:u@example.com?Route=%3Csip:s.x%3E"),
    ],
)
def test_contacts_with_unusual_parts(label: str, contact: str, kept: str) -> None:
    bench = Bench()
    assert bench.register(f"Contact: {contact}", "Expires: 120").status == 200, label
    assert [phone.target for phone in bench.registrar.phones("ann", 1000.0)] == [kept]
