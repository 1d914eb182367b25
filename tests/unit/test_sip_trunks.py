"""Trunks: number formats, who is who, limits; their file, and the examples we ship."""

import ipaddress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contact_center.telephony.sip.message import Uri
from contact_center.telephony.sip.trunk_file import TrunkFileError, check_file, load_trunks
from contact_center.telephony.sip.trunks import Loads, NumberFormat, Trunk, Trunks

EXAMPLES = sorted((Path(__file__).parents[2] / "sip_configs").glob("*.toml"))
GERMAN = NumberFormat(spelling="national", country="49")
TECHNICAL = NumberFormat(spelling="digits", prefix="0099")


@pytest.mark.parametrize(
    ("form", "e164", "wire"),
    [
        (NumberFormat(), "+4930123456", "+4930123456"),
        (NumberFormat(spelling="digits"), "+4930123456", "4930123456"),
        (GERMAN, "+4930123456", "030123456"),
        (GERMAN, "+12025550123", "0012025550123"),
        (TECHNICAL, "+12025550123", "009912025550123"),
        (NumberFormat(spelling="national", country="1", trunk_prefix=""), "+12025550123", "2025550123"),
    ],
)
def test_numbers_in_and_out(form: NumberFormat, e164: str, wire: str) -> None:
    assert form.write(e164) == wire
    assert form.read(wire) == e164


@pytest.mark.parametrize("text", ["anonymous", "112", "", "sip-user"])
def test_what_is_no_number_stays_as_it_is(text: str) -> None:
    for form in (NumberFormat(), GERMAN, NumberFormat(spelling="digits")):
        assert form.read(text) == text


def test_separators_people_write_are_read_over() -> None:
    assert NumberFormat().read("+49 (30) 123-456") == "+4930123456"


@given(
    st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True), st.sampled_from([NumberFormat(), GERMAN, TECHNICAL])
)
def test_reading_undoes_writing(number: str, form: NumberFormat) -> None:
    own = form.spelling == "national" and number.startswith(f"+{form.country}{form.trunk_prefix}")
    assume(not (form.trunk_prefix and own))  # no number begins with the digit that means "a number follows"
    assert form.read(form.write(number)) == number


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_valid(path: Path) -> None:
    assert check_file(path) == ()
    assert load_trunks(path).all


def test_there_is_an_example_for_each_kind_of_carrier() -> None:
    assert {path.stem for path in EXAMPLES} == {"static-ip", "registering", "tls", "failover"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[trunk]\n", "not TOML"),
        ('[[trunk]]\nname = "a"\n', "trunk 'a': a trunk needs `targets`"),
        ('[[trunk]]\nname = "a"\nsources = ["10.0.0.1/8"]\n', "trunk 'a': sources.0: "),
        ('[[trunk]]\nname = "a"\nsources = ["0.0.0.0/0"]\n', "trunk 'a': sources.0: that is everybody"),
        ('[[trunk]]\nname = "a"\ntargets = ["mailto:x"]\n', "trunk 'a': targets.0: expected a sip: URI"),
        ('[[trunk]]\nname = "a"\nsources = ["10.0.0.1"]\nmax_cals = 3\n', "trunk 'a': max_cals: Extra"),
        ('[[trunk]]\nname = "a"\nsources = ["10.0.0.1"]\nmax_calls = 0\n', "trunk 'a': max_calls: "),
        ('[[trunk]]\nname = "a"\nsources = ["10.0.0.1"]\nnumbers = ["+1"]\n', "go out over `targets`"),
        (
            '[[trunk]]\nname = "a"\nsources = ["10.0.0.1"]\ninbound.spelling = "national"\n',
            "trunk 'a': inbound: national numbers need `country`",
        ),
        ('[[trunk]]\nname = "a"\nask.user = "u"\n', "trunk 'a': ask: give `password_file` or `password`"),
        (
            '[[trunk]]\nname = "a"\n[trunk.ask]\nuser = "u"\npassword_file = "none"\n',
            "none: No such file",
        ),
        ('[[trunk]]\nname = "a"\nsources = ["10.0.0.1"]\n' * 2, "trunk 'a': name: used twice"),
        (
            '[[trunk]]\nname = "a"\nsources = ["10.0.0.1"]\n[[trunk]]\nname = "b"\nsources = ["10.0.0.1"]\n',
            "trunk 'b': sources: 10.0.0.1 belongs to trunk 'a' already",
        ),
        (
            """
            [[trunk]]
            name = "a"
            targets = ["sip:a"]
            numbers = ["+4"]
            srtp = true
            [[trunk]]
            name = "b"
            targets = ["sip:b"]
            numbers = ["+4"]
            """,
            "trunk 'b': srtp: differs from trunk 'a', which takes '+4' too",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_file_and_key(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "trunks.toml"
    path.write_text(text)
    with pytest.raises(TrunkFileError) as caught:
        load_trunks(path)
    assert str(path) in str(caught.value)
    assert fault in str(caught.value)


def a_trunk(
    name: str, *, sources: tuple[str, ...] = (), numbers: tuple[str, ...] = (), **more: float
) -> Trunk:
    return Trunk(
        name=name,
        targets=(Uri(host="198.51.100.1"),),
        sources=tuple(ipaddress.ip_network(text) for text in sources),
        numbers=numbers,
        max_calls=int(more.get("max_calls", 30)),
        max_calls_per_second=more.get("cps", 5.0),
    )


def test_the_narrowest_range_says_whose_call_it_is() -> None:
    trunks = Trunks((a_trunk("wide", sources=("10.0.0.0/8",)), a_trunk("narrow", sources=("10.1.0.0/16",))))
    found = [trunks.of_source(host) for host in ("10.1.2.3", "10.2.0.1", "::ffff:10.1.2.3", "192.0.2.1", "x")]
    assert [trunk and trunk.name for trunk in found] == ["narrow", "wide", "narrow", None, None]


def test_the_longest_start_of_a_number_is_tried_first() -> None:
    trunks = Trunks((a_trunk("all", numbers=("",)), a_trunk("us", numbers=("+1",)), a_trunk("in-only")))
    assert [t.name for t in trunks.for_number("+1202")] == ["us", "all"]
    assert [t.name for t in trunks.for_number("+49")] == ["all"]


def test_which_numbers_must_be_called_encrypted() -> None:
    secret = replace(a_trunk("secret", numbers=("+4", "+49")), srtp=True)
    trunks = Trunks((a_trunk("all", numbers=("",)), secret, replace(a_trunk("in-only"), targets=())))
    assert trunks.ways() == (("+49", True), ("+4", True), ("", False))


def test_limits_of_calls_and_of_calls_per_second() -> None:
    loads, trunk = Loads(), a_trunk("a", max_calls=3, cps=2.0)
    assert [loads.begin(trunk, f"c{n}", 0.0) for n in range(3)] == [True, True, False]
    assert loads.begin(trunk, "c0", 0.0), "a repeat of a counted call"
    assert [loads.begin(trunk, f"c{n}", 1.0) for n in (3, 4)] == [True, False]
    loads.end("c0")
    assert loads.begin(trunk, "c5", 2.0)
    assert loads.calls("a") == 3
