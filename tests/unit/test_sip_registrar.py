"""The registrar: who may register, what is kept, for how long; digest on both sides."""

from pathlib import Path

import pytest

from contact_center.telephony.sip.digest import NONCE_LIVES_S, Guard, Secret, answer, ha1
from contact_center.telephony.sip.edge.outbound import Phone
from contact_center.telephony.sip.edge.phone_book import Devices, Registrations
from contact_center.telephony.sip.edge.places import Where
from contact_center.telephony.sip.edge.proxy import Proxy
from contact_center.telephony.sip.edge.registrar import Answer, Registrar
from contact_center.telephony.sip.edge.signing import Signer
from contact_center.telephony.sip.message import Request
from contact_center.telephony.sip.trunks import Credentials
from tests.sip_samples import a_request, a_response, wire

GUARD = Guard(b"k" * 32, "cc")
DESK, ELSEWHERE = Where("203.0.113.5", 5062), Where("203.0.113.6", 5062)
LOG_IN = Credentials(user="ann", password="right")
SECRETS = {"ann": Secret("ann", {a: ha1(a, "ann", "cc", "right") for a in ("MD5", "SHA-256")})}


class Bench:
    def __init__(self) -> None:
        self.news: list[tuple[str, bool, str]] = []
        self.registrar = Registrar(GUARD, SECRETS.get, lambda *told: self.news.append(told))
        self._cseq = 0

    def register(
        self, *extra: str, now: float = 1000.0, algorithm: str = "SHA-256", source: Where = DESK,
        log_in: Credentials | None = LOG_IN, user: str = "ann", asked_at: float | None = None,
        call_id: str = "r", cseq: int = 0,
    ) -> Answer:  # fmt: skip
        self._cseq += 1
        request = a_register(*extra, user=user, cseq=cseq or self._cseq, call_id=call_id)
        if log_in is not None:
            at = now if asked_at is None else asked_at
            (challenge,) = [c for c in GUARD.challenges(source.host, at) if f"algorithm={algorithm}" in c]
            said = answer((challenge,), log_in, "REGISTER", request.target, f"c{self._cseq}")
            assert said is not None
            request = request.with_headers(request.headers.appended("Authorization", said))
        return self.registrar.register(request, source, now)


def a_register(*extra: str, user: str = "ann", cseq: int = 1, call_id: str = "r") -> Request:
    lines = [
        "REGISTER sip:cc.example SIP/2.0",
        f"Via: SIP/2.0/UDP 10.0.0.5:5062;branch=z9hG4bK{cseq};rport",
        f"From: <sip:{user}@cc.example>;tag=f",
        f"To: <sip:{user}@cc.example>",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} REGISTER",
        *extra,
        "Content-Length: 0",
    ]
    return a_request(wire("\n".join(lines)))


CONTACT = "Contact: <sip:ann@10.0.0.5:5062>"


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5"])
def test_a_phone_with_the_password_is_reached_where_it_came_from(bench: Bench, algorithm: str) -> None:
    said = bench.register(CONTACT, "Expires: 120", algorithm=algorithm)
    assert said.status == 200
    assert said.headers == (("Contact", "<sip:ann@10.0.0.5:5062>;expires=120"),)
    assert bench.registrar.phones("ann", 1000.0) == (Phone("sip:ann@10.0.0.5:5062", DESK),)
    assert bench.news == [("ann", True, "")]


def test_a_challenge_offers_sha_256_before_md5(bench: Bench) -> None:
    said = bench.register(CONTACT, log_in=None)
    assert said.status == 401
    assert ["SHA-256" in said.headers[0][1], "MD5" in said.headers[1][1]] == [True, True]
    assert not said.wrong_password


@pytest.mark.parametrize(
    ("log_in", "user"),
    [
        (Credentials(user="ann", password="wrong"), "ann"),
        (Credentials(user="bob", password="right"), "bob"),
        (LOG_IN, "bob"),
    ],
)
def test_wrong_unknown_and_another_agents_password_are_refused_alike(
    bench: Bench, log_in: Credentials, user: str
) -> None:
    said = bench.register(CONTACT, log_in=log_in, user=user)
    assert (said.status, said.wrong_password) == (401, True)
    assert "stale" not in said.headers[0][1]
    assert bench.registrar.bindings == ()


def test_an_old_nonce_is_stale_and_one_of_the_future_or_of_another_host_is_nothing(bench: Bench) -> None:
    old = bench.register(CONTACT, asked_at=1000.0, now=1001.0 + NONCE_LIVES_S)
    assert (old.status, "stale=true" in old.headers[0][1], old.wrong_password) == (401, True, False)
    request = a_register(CONTACT)
    said = answer(GUARD.challenges(DESK.host, 1000.0), LOG_IN, "REGISTER", request.target, "c")
    assert said is not None
    assert GUARD.check(said, SECRETS["ann"], request, ELSEWHERE.host, 1000.0) == "wrong"


def test_a_recorded_register_cannot_be_played_back_with_another_contact(bench: Bench) -> None:
    request = a_register(CONTACT)
    said = answer(GUARD.challenges(DESK.host, 1000.0), LOG_IN, "REGISTER", request.target, "c")
    assert said is not None
    played = [
        a_register(contact, cseq=cseq).with_headers(
            a_register(contact, cseq=cseq).headers.appended("Authorization", said)
        )
        for contact, cseq in ((CONTACT, 1), (CONTACT, 1), ("Contact: <sip:evil@192.0.2.66>", 2))
    ]
    statuses = [bench.registrar.register(each, DESK, 1000.0).status for each in played]
    assert statuses == [200, 200, 401], "a repeat of the datagram is answered, a new request is not"


def test_several_contacts_each_with_its_own_expiry(bench: Bench) -> None:
    bench.register("Contact: <sip:a@10.0.0.5>;expires=60, <sip:b@10.0.0.5>;expires=600")
    assert len(bench.registrar.phones("ann", 1000.0)) == 2
    bench.registrar.expire(1061.0)
    assert [p.target for p in bench.registrar.phones("ann", 1061.0)] == ["sip:b@10.0.0.5"]
    bench.registrar.expire(1601.0)
    assert bench.news == [("ann", True, ""), ("ann", False, "registration expired")]


def test_signing_off_one_contact_and_all(bench: Bench) -> None:
    bench.register("Contact: <sip:a@10.0.0.5>, <sip:b@10.0.0.5>")
    bench.register("Contact: <sip:a@10.0.0.5>;expires=0")
    assert [p.target for p in bench.registrar.phones("ann", 1000.0)] == ["sip:b@10.0.0.5"]
    assert bench.register("Contact: *", "Expires: 60").status == 400
    assert bench.register("Contact: *", "Expires: 0").status == 200
    assert bench.news[-1] == ("ann", False, "phone signed off")


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        (("Contact: <sip:a@h>;expires=5",), 423),
        (("Contact: <mailto:a@h>",), 400),
        (("Require: odd", CONTACT), 420),
        (("Contact: " + ", ".join(f"<sip:{n}@h>" for n in range(6)),), 403),
        ((), 200),
    ],
)
def test_what_a_register_may_ask(bench: Bench, extra: tuple[str, ...], status: int) -> None:
    assert bench.register(*extra).status == status
    assert bench.registrar.bindings == ()


def test_a_request_that_comes_late_changes_nothing(bench: Bench) -> None:
    bench.register(CONTACT, cseq=7)
    assert bench.register(CONTACT + ";expires=0", cseq=6).status == 500
    assert bench.registrar.phones("ann", 1000.0)


def test_path_is_kept_and_followed(bench: Bench) -> None:
    said = bench.register(CONTACT, "Path: <sip:p@203.0.113.9;lr>", "Supported: path")
    assert ("Path", "<sip:p@203.0.113.9;lr>") in said.headers
    assert bench.registrar.phones("ann", 1000.0)[0].path == ("<sip:p@203.0.113.9;lr>",)


def test_a_closed_connection_takes_its_phones_with_it(bench: Bench) -> None:
    flow = Where("203.0.113.5", 40000, "tls")
    bench.register(CONTACT, source=flow)
    bench.registrar.flow_gone(flow)
    assert bench.news[-1] == ("ann", False, "connection closed")


def test_registrations_survive_a_restart_but_for_those_over_connections(bench: Bench, tmp_path: Path) -> None:
    bench.register(CONTACT, "Expires: 120")
    bench.register("Contact: <sip:tls@10.0.0.5>", source=Where("203.0.113.5", 40000, "tls"))
    stored = Registrations(tmp_path / "phones" / "registrations.json")
    stored.save(bench.registrar.bindings)
    again = Bench()
    again.registrar.restore(Registrations(tmp_path / "phones" / "registrations.json").load(), 1010.0)
    assert again.registrar.phones("ann", 1010.0) == (Phone("sip:ann@10.0.0.5:5062", DESK),)
    assert again.registrar.agents(1010.0) == ("ann",)
    assert again.registrar.phones("ann", 1121.0) == ()
    (tmp_path / "phones" / "registrations.json").write_text("not json")
    assert Registrations(tmp_path / "phones" / "registrations.json").load() == ()


def test_devices_are_kept_as_hashes_and_read_again_when_changed(tmp_path: Path) -> None:
    path = tmp_path / "phones" / "devices.json"
    reader = Devices(path)
    assert reader.secret_of("ann") is None
    Devices(path).add("ann", "cc", "right")
    assert reader.secret_of("ann") == SECRETS["ann"]
    assert "right" not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    assert Devices(path).remove("ann")
    assert reader.secret_of("ann") is None


def test_the_edge_answers_register_by_the_registrar() -> None:
    proxy = Proxy(Signer(b"s" * 32), Where("192.0.2.1", 5060), registrar=Bench().registrar)
    (effect,) = proxy.received(bytes(a_register(CONTACT)), DESK, 0.0)
    challenge = a_response(effect.datagram)  # type: ignore[union-attr]  # a Send
    assert challenge.status == 401
    assert len([f for f in challenge.headers if f.key == "www-authenticate"]) == 2
    assert effect.where == DESK  # type: ignore[union-attr]  # rport: to where it came from
