"""A desk phone is an agent's device: it registers, rings when offered a call, answering takes it."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from contact_center.customers.record import Customer
from contact_center.demo.console_client import ConsoleClient
from contact_center.telephony.sip.edge.phone_book import Devices
from tests.e2e.centre import Centre
from tests.e2e.people import AGENT_HZ, CALLER_HZ, PASSWORD, Caller, caller, supervisor
from tests.support import aio, until

PHONE_PASSWORD = "a desk phone"


@asynccontextmanager
async def desk_phone(centre: Centre, agent: str, folder: Path) -> AsyncIterator[Caller]:
    """A registered pjsua2 phone that answers after half a second, and signs off at the end.

    It speaks TLS, and only with whom the centre's certificate is for.
    """
    over_tls = centre.settings["CC_SIP_ALSO"].removeprefix("tls:")
    options = [
        *("--answer", "--answer-after-s", "0.5", "--tone", str(AGENT_HZ), "--listen-tone", str(CALLER_HZ)),
        *("--max-talk-s", "60", "--register", f"sip:{over_tls};transport=tls"),
        *("--trust", centre.settings["CC_SIP_TLS_CERTIFICATE"]),
        *("--user", agent, "--password", PHONE_PASSWORD),
    ]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "contact_center.demo.callers", *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    phone = Caller(process, folder)
    try:
        await phone.hears_of("ready")
        yield phone
    finally:
        await phone.end()


@asynccontextmanager
async def console(centre: Centre, login: str) -> AsyncIterator[ConsoleClient]:
    """An agent at the console without a browser device."""
    person = ConsoleClient(centre.http, login, PASSWORD)
    await person.log_in()
    await person.post("/agent/log-on")
    following = asyncio.create_task(person.follow_feed())
    try:
        yield person
    finally:
        await person.post("/agent/log-off")
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        await person.close()


@aio
async def test_a_call_rings_the_desk_phone_and_is_taken_there(
    centre: Centre, people: list[Customer], tmp_path: Path
) -> None:
    Devices(centre.home / "phones" / "devices.json").add("amy", "contact-center", PHONE_PASSWORD)
    async with supervisor(centre) as sofia, console(centre, "amy") as amy, caller(tmp_path) as person:
        async with desk_phone(centre, "amy", tmp_path) as phone:
            assert await amy.until(lambda: amy.own.get("device") == "up", within_s=20.0), amy.own
            assert (await amy.post("/agent/status", status="ready")).is_success
            person.dial(centre, people[6].numbers[0])
            contact = (await sofia.contact_of(people[6].numbers[0]))["id"]
            await phone.hears_of("up")
            await phone.hears_of("heard")
            await until(person.hears_agent, what="the phone's tone at the caller")
            assert await amy.until(lambda: amy.own.get("state") == "talking", within_s=10.0), amy.own
            person.hang_up()
            await phone.hears_of("ended")
            assert await amy.until(lambda: amy.desk.get("wrap_up"), within_s=10.0), amy.desk
            await amy.post(f"/contacts/{contact}/disposition", disposition="resolved", note="")
            await amy.post("/agent/wrap-up/done")
            story = await sofia.story(contact, lambda row: row["ended_at"] is not None)
            assert (story["outcome"], story["agent"]) == ("handled", "amy")
            registrations = centre.home / "phones" / "registrations.json"
            await until(registrations.exists, what="the registration kept, 2 s after it came")
            kept = json.loads(registrations.read_text())
            assert [(each["agent"], each["where"][-1]) for each in kept] == [("amy", "tls")]
            assert PHONE_PASSWORD not in (centre.home / "phones" / "devices.json").read_text()
        assert await amy.until(lambda: amy.own.get("device") != "up", within_s=20.0), "signed off"
