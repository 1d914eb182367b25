"""Who may call in and who is held back, at the running edge, told by the core's /metrics.

A carrier that is known by its password alone is a pjsua2 phone; attackers send what a real one would, as raw
datagrams; more calls than there are conversations, or than agreed a second, come from SIPp.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from contact_center.cti.view import Row
from contact_center.telephony.sip.edge.protection import BURST, RATE_PER_S
from tests.e2e.centre import HOST, Centre
from tests.e2e.people import Supervisor, agent, supervisor
from tests.e2e.sipp import SCENARIOS, Sipp
from tests.e2e.strangers import (
    BAN_S,
    HASTY,
    HASTY_HOST,
    HASTY_RATE_PER_S,
    MOST_CONVERSATIONS,
    PAID_START,
    ROAMING,
    ROAMING_PASSWORD,
    Stranger,
    edge_figure,
    inside_listeners,
    roaming_phone,
    stranger,
)
from tests.support import aio, until

TOLD_WITHIN_S = 15.0
TOO_MANY = 4
BEYOND_THE_LIMIT = SCENARIOS / "overload" / "beyond_the_limit.xml"


async def interactions_of(sofia: Supervisor, number: str) -> list[Row]:
    found = await sofia.get("/interactions")
    return [row for row in found["interactions"] if row["from_number"] == number]


@aio
async def test_a_carrier_known_by_its_password_alone_is_heard_as_such_and_a_guess_is_refused(
    centre: Centre, tmp_path: Path
) -> None:
    guessed, called, again = "+493055501001", "+493055501002", "+493055501003"
    wrong = edge_figure(centre, "blamed_wrong_password")
    async with (
        supervisor(centre) as sofia,
        agent(centre, "amy") as amy,
        roaming_phone(tmp_path) as phone,
    ):
        phone.proves("a guess")
        phone.dial(centre, guessed.removeprefix("+"))
        assert (await phone.hears_of("ended"))["cause"] == 407

        phone.forget()
        phone.proves_by_md5(ROAMING_PASSWORD)
        await amy.make_ready()
        identity = f"<sip:{called.removeprefix('+')}@carrier.example>"  # who calls, in the carrier's spelling
        phone.dial(centre, "anonymous", P_Asserted_Identity=identity)
        contact = str((await amy.accept())["contact"])
        await until(phone.hears_agent, what="the agent at the carrier's caller")
        await until(amy.hears_caller, what="the carrier's caller at the agent")
        phone.dial(centre, again.removeprefix("+"), call="second")
        assert (await phone.hears_of("ended"))["cause"] == 503, "one call at a time, says the trunk"
        phone.forget()
        phone.hang_up()
        await phone.hears_of("ended")
        await amy.wrap_up(contact)

        phone.forget()
        phone.proves(ROAMING_PASSWORD)
        phone.dial(centre, again.removeprefix("+"), ())
        second = str((await sofia.contact_of(again))["id"])
        await phone.hears_of("up")
        phone.hang_up()
        for each, number in ((contact, called), (second, again)):
            story = await sofia.story(each, lambda row: row["ended_at"] is not None)
            arrived = story["events"][0]["event"]
            assert (arrived["trunk"], arrived["from_number"]) == (ROAMING, number)
        assert len(await interactions_of(sofia, again)) == 1, "the one there was no line for is no call"
        assert not await interactions_of(sofia, guessed)
        await until(
            lambda: edge_figure(centre, "blamed_wrong_password") > wrong,
            within_s=TOLD_WITHIN_S,
            what="the guess on the metrics",
        )


GUESSES_FOR_A_BAN = 5
"""Each weighs two points and a quarter; ten are a ban."""


@aio
async def test_who_guesses_is_banned_and_let_in_again_when_the_ban_is_over(
    centre: Centre, tmp_path: Path
) -> None:
    number, loop = "+493055503001", asyncio.get_running_loop()
    before = {name: edge_figure(centre, name) for name in ("bans", "dropped_banned")}
    async with supervisor(centre) as sofia, roaming_phone(tmp_path) as phone:
        phone.proves("a guess")
        for _ in range(GUESSES_FOR_A_BAN):
            began = loop.time()
            phone.dial(centre, number.removeprefix("+"))
            assert (await phone.hears_of("ended"))["cause"] == 407
            phone.forget()
        phone.proves(ROAMING_PASSWORD)
        phone.dial(centre, number.removeprefix("+"), ())
        contact = str(
            (await sofia.contact_of(number))["id"]
        )  # a telephone repeats its INVITE until it is heard
        assert loop.time() - began >= BAN_S, "the right password ends no ban"
        await phone.hears_of("up")
        phone.hang_up()
        await sofia.story(contact, lambda row: row["ended_at"] is not None)
        assert len(await interactions_of(sofia, number)) == 1, "no guess is a call"
        for name, figure in before.items():
            await until(
                lambda: edge_figure(centre, name) > figure,  # noqa: B023  # awaited
                within_s=TOLD_WITHIN_S,
                what=f"more {name} than {figure}",
            )
        over = lambda: edge_figure(centre, "sources_banned") == 0  # noqa: E731  # a name says what it is
        await until(over, within_s=TOLD_WITHIN_S, what="nobody banned any more")


@aio
async def test_a_carrier_calls_no_faster_than_agreed(centre: Centre, tmp_path: Path) -> None:
    """More calls than its limit at once; then one within it, a second after the last that was taken."""
    crowd, quiet = "+493055504001", "+493055504002"
    figure, loop = f"trunk_refused_{HASTY}", asyncio.get_running_loop()
    before = edge_figure(centre, figure)

    async def offers(number: str, calls: int) -> float:
        """Fails unless each was answered, or refused with a Retry-After; how long it took."""
        began = loop.time()
        await Sipp(
            *(BEYOND_THE_LIMIT, centre, number, tmp_path), calls=calls, host=HASTY_HOST, pause_ms=1000
        ).went_well()
        return loop.time() - began

    async with supervisor(centre) as sofia:
        at_most = HASTY_RATE_PER_S * (1.0 + await offers(crowd, MOST_CONVERSATIONS))
        await offers(quiet, 1)
        taken, refused, later = 0, 0, list[Row]()
        async with asyncio.timeout(TOLD_WITHIN_S):  # the history is written behind the calls
            while taken + refused != MOST_CONVERSATIONS or not later:
                taken = len(await interactions_of(sofia, crowd))
                refused = round(edge_figure(centre, figure) - before)
                later = await interactions_of(sofia, quiet)
                await asyncio.sleep(0.1)
        assert HASTY_RATE_PER_S <= taken <= at_most
        assert refused > 0
        arrived = (await sofia.story(str(later[0]["contact"]), bool))["events"][0]["event"]
        assert (arrived["trunk"], arrived["from_number"]) == (HASTY, quiet)


SCANNERS_HEADER = ("User-Agent: friendly-scanner",)
AT_LEAST = {
    "dropped_flood": 20,
    "blamed_scanner": 1,
    "bans": 1,
    "dropped_banned": 2,
    "malformed": 1,
    "not_admitted_407": 5,
    "blamed_unproven": 5,
    "strangers_inside": 2,
}
"""By how much each figure is more afterwards."""


async def defraud(centre: Centre, fraudster: Stranger) -> None:
    """Every way a stranger could think of to be put through to what costs money, or to an agent's phone."""
    number = f"{PAID_START}5550001"
    for call, (target, extra) in enumerate(
        (
            (f"sip:{number}@{centre.sip}", ()),
            (f"sip:{number}@trunk.invalid", ()),
            ("sip:amy@phone.invalid", ()),
            (f"sip:{number}@{centre.sip}", ("Route: <sip:trunk.invalid;lr>",)),
            (f"sip:{number}@trunk.invalid", ("X-CC-Leg: outside", "X-CC-Trunk: everybody")),
        )
    ):
        fraudster.sends("INVITE", target, to=centre.sip, call=str(call), extra=extra)
    async with stranger(HOST) as insider:  # at our own address, as any process of this host may be
        (place,) = inside_listeners(centre)
        for sender in (fraudster, insider):
            sender.sends("INVITE", f"sip:{number}@trunk.invalid", to=place, call="inside")
        await until(lambda: insider.statuses == [403], what="a refusal for who does not know the pass")
    await until(lambda: fraudster.statuses == [407] * 5, what=f"five refusals, {fraudster.statuses}")


@aio
async def test_attacks_come_to_nothing_and_are_on_the_metrics(
    centre: Centre, paid_carrier: Stranger, tmp_path: Path
) -> None:
    before = {name: edge_figure(centre, name) for name in (*AT_LEAST, "rejected_503")}
    sent, number = MOST_CONVERSATIONS + TOO_MANY, "+493055502001"
    async with AsyncExitStack() as stack:
        hosts = (f"127.0.0.{last}" for last in range(21, 26))
        flooder, neighbour, scanner, fraudster, talker = [
            await stack.enter_async_context(stranger(host)) for host in hosts
        ]
        sofia = await stack.enter_async_context(supervisor(centre))
        crowd = Sipp(BEYOND_THE_LIMIT, centre, number, tmp_path, calls=sent, pause_ms=3000)

        loop = asyncio.get_running_loop()
        began = loop.time()
        for n in range(300):
            flooder.sends("OPTIONS", f"sip:{centre.sip}", to=centre.sip, call=str(n))
            if n % 50 == 0:
                await asyncio.sleep(0.01)  # or the kernel drops what the edge should
        neighbour.sends("OPTIONS", f"sip:{centre.sip}", to=centre.sip)
        await until(lambda: neighbour.statuses == [200], what="an answer to whoever is quiet")
        assert 0 < flooder.got <= BURST + RATE_PER_S * (loop.time() - began) + 1

        scanner.sends("OPTIONS", f"sip:{centre.sip}", to=centre.sip, extra=SCANNERS_HEADER)
        scanner.sends("OPTIONS", f"sip:{centre.sip}", to=centre.sip, call="asaphone")
        talker.throws(b"INVITE sip:8000 SIP/2.0\r\nHallo\r\n\r\n", centre.sip)
        await defraud(centre, fraudster)
        neighbour.sends("OPTIONS", f"sip:{centre.sip}", to=centre.sip, call="later")
        await until(lambda: neighbour.statuses == [200, 200], what="an answer after all of them")
        assert not scanner.got, "who is banned gets no answer"

        await crowd.went_well()
        taken = refused = 0
        async with asyncio.timeout(TOLD_WITHIN_S):  # the history is written behind the calls
            while taken + refused != sent:
                taken = len(await interactions_of(sofia, number))
                refused = round(edge_figure(centre, "rejected_503") - before["rejected_503"])
                await asyncio.sleep(0.1)
        assert taken > 0
        assert refused > 0
        for name, more in AT_LEAST.items():
            await until(
                lambda: edge_figure(centre, name) >= before[name] + more,  # noqa: B023  # awaited
                within_s=TOLD_WITHIN_S,
                what=f"{more} more {name} than {before[name]}",
            )
        assert not await interactions_of(sofia, "+14155550100"), "no fraudster became a caller"
    assert not paid_carrier.got, "nothing of anybody's reached the trunk"
