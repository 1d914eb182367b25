"""What somebody else does for the flow: look-ups, transfers, recordings, and the events it tells. Pure."""

from typing import assert_never

from contact_center.ivr.events import (
    EnterFlow,
    Fetch,
    Fetched,
    LookedUp,
    LookUpCustomer,
    MessageLeft,
    Prompt,
    SendTo,
    Tape,
    Told,
)
from contact_center.ivr.expressions import Value, type_of, value_of
from contact_center.ivr.flow import (
    ANYBODY,
    CUSTOMER_FIELDS,
    Event,
    Hours,
    Lookup,
    Record,
    Transfer,
    Voicemail,
)
from contact_center.ivr.waiting import Waiting


def number_of(text: str) -> Value:
    """A written number as one; anything else stays text."""
    whole, _, fraction = text.removeprefix("-").partition(".")
    if not (whole + fraction).isdigit() or not text.isascii() or len(text) > 15:
        return text
    return float(text) if fraction else int(text)


class Outside(Waiting):
    """The nodes that do an errand."""

    def hours(self, node: Hours) -> str:
        calendar = self.flow.calendars.get(node.calendar)
        match calendar.state_at(self.now) if calendar is not None else "closed":
            case "open":
                return node.open
            case "holiday":
                return node.holiday or node.closed
            case "closed":
                return node.closed
            case never:
                assert_never(never)

    # -- look-ups ----------------------------------------------------------------------------------

    def look_up(self, node: Lookup) -> str | None:
        variables = self.state.variables
        if node.table is not None and node.key is not None:
            row = self.flow.tables.get(node.table, {}).get(str(value_of(node.key, variables)))
            if row is None:
                return node.not_found
            self.learn(node, {column: self.as_wanted(node, column, text) for column, text in row.items()})
            return node.found
        self.change(phase="lookup", deadline=self.now + node.timeout_s)
        if node.number is not None:
            self.effects.append(LookUpCustomer(number=str(value_of(node.number, variables))))
            return None
        fetches = self.state.fetches + 1
        self.change(fetches=fetches)
        self.effects.append(
            Fetch(
                fetch=fetches,
                url=node.url or "",
                post=node.post,
                send={name: str(value_of(each, variables)) for name, each in node.send.items()},
                wanted=tuple(node.into.values()),
                timeout_s=node.timeout_s,
            )
        )
        return None

    def as_wanted(self, node: Lookup, column: str, text: str) -> Value:
        """A table's text, as a number where a number variable takes it."""
        wanted = [name for name, each in node.into.items() if each == column]
        numeric = any(type_of(self.state.variables.get(name, "")) == "number" for name in wanted)
        return number_of(text) if numeric else text

    def learn(self, node: Lookup, found: dict[str, Value]) -> None:
        """Keep what was found; a value of another type than its variable is left out."""
        variables = dict(self.state.variables)
        for name, key in node.into.items():
            value = found.get(key)
            if value is not None and name in variables and type_of(value) == type_of(variables[name]):
                variables[name] = value
        self.change(variables=variables)

    def looked_up(self, event: LookedUp) -> None:
        node = self.node()
        if self.state.phase != "lookup" or not isinstance(node, Lookup) or node.number is None:
            return
        known = event.customer or {}
        facts: dict[str, Value] = {
            f"customer_{key}": str(known.get(key) or ANYBODY.get(f"customer_{key}", ""))
            for key in CUSTOMER_FIELDS
        }
        facts["customer_known"] = event.customer is not None
        facts["customer_matches"] = event.matches
        self.change(variables={**self.state.variables, **facts})
        if event.customer is not None:
            self.go(node.found)
        else:
            self.go((node.several if event.matches > 1 else None) or node.not_found)

    def fetched(self, event: Fetched) -> None:
        node = self.node()
        asked = self.state.phase == "lookup" and event.fetch == self.state.fetches
        if not asked or not isinstance(node, Lookup) or node.url is None:
            return
        if event.outcome == "found":
            self.learn(node, event.values)
            self.go(node.found)
        else:
            self.go(node.not_found if event.outcome == "not_found" else node.failed or node.not_found)

    # -- transfers ---------------------------------------------------------------------------------

    def transfer(self, node: Transfer) -> None:
        variables = self.state.variables
        if node.flow is not None:
            self.silence()
            self.change(phase="ended", deadline=None)
            self.effects.append(EnterFlow(flow=node.flow))
            return
        if node.queue is not None:
            send = SendTo(kind="queue", name=node.queue, ring_s=node.ring_s)
        elif node.agent is not None:
            send = SendTo(kind="agent", name=str(value_of(node.agent, variables)), ring_s=node.ring_s)
        else:
            number = str(value_of(node.number, variables)) if node.number is not None else ""
            send = SendTo(kind="number", name=number, ring_s=node.ring_s)
        music = self.music_of(node.music)
        self.start_play((music,), loop=True)
        self.change(phase="transferring", deadline=None, typed_ahead="")
        self.effects.append(send)

    def transfer_failed(self, why: str) -> None:
        node = self.node()
        if self.state.phase == "transferring" and isinstance(node, Transfer):
            self.silence()
            self.change(phase="saying")
            self.go_or_end(node.failed, f"transfer failed: {why}")

    # -- recordings --------------------------------------------------------------------------------

    def greet(self, node: Voicemail) -> None:
        """The greeting, then the beep."""
        beep = Prompt(kind="beep", value="beep", language=self.state.language)
        self.change(typed_ahead="")
        self.play(node.say, "saying", after=(beep,))

    def take_message(self, node: Voicemail) -> None:
        self.effects.append(Tape(act="start", queue=node.queue, silence_s=node.silence_s))
        self.change(phase="recording", deadline=self.now + node.most_s)

    def message_over(self, node: Voicemail, sounded_s: float = float("inf")) -> None:
        """Close it; of one that ended in silence only what was said before counts."""
        self.effects.append(Tape(act="stop"))
        left = self.message(node) if 0.0 < sounded_s >= node.least_s else None
        self.change(phase="saying")
        if left is not None:
            self.effects.append(left)
        self.go(node.nothing if left is None else node.next)

    def message(self, node: Voicemail) -> MessageLeft | None:
        """What has been recorded by now, if it is long enough to be a message."""
        began = (self.state.deadline or self.now) - node.most_s
        seconds = round(self.now - began, 3)
        return MessageLeft(queue=node.queue, seconds=seconds) if seconds >= node.least_s else None

    def gone_while_recording(self) -> None:
        """Most callers end their message by hanging up."""
        node = self.node()
        if self.state.phase == "recording" and isinstance(node, Voicemail):
            left = self.message(node)
            self.effects.extend([] if left is None else [left])

    def recording_failed(self) -> None:
        node = self.node()
        if self.state.phase == "recording" and isinstance(node, Voicemail):
            self.change(phase="saying")
            self.go(node.failed)

    def fell_silent(self, sounded_s: float) -> None:
        """A message is over; any other recording of the flow's own just stops."""
        node = self.node()
        if self.state.phase == "recording" and isinstance(node, Voicemail):
            self.message_over(node, sounded_s)
        elif self.state.phase not in ("new", "connected"):
            self.effects.append(Tape(act="stop"))

    def tape(self, node: Record) -> str:
        start = node.act == "start"
        if start:
            self.answer()
        self.effects.append(Tape(act=node.act, queue=node.queue, silence_s=node.silence_s if start else 0.0))
        return node.next

    # -- events ------------------------------------------------------------------------------------

    def tell(self, node: Event) -> str:
        values = {name: value_of(each, self.state.variables) for name, each in node.values.items()}
        self.effects.append(Told(node=self.place(), name=node.name, values=values))
        return node.next
