"""What a caller went through on a recorded day: one queue, or two when the first one sent him on. Pure."""

from dataclasses import dataclass

from contact_center.simulation.recorded import ContactLine, RecordedDay


@dataclass(frozen=True, slots=True)
class Journey:
    """From the queue he came to, to the one it ended in (the same, unless he was sent on)."""

    first: ContactLine
    last: ContactLine

    @property
    def queue(self) -> str:
        """Whose call he is, wherever he was served."""
        return self.first.queue

    @property
    def wait_s(self) -> float:
        """Since he came."""
        return self.last.at + self.last.wait_s - self.first.at

    @property
    def sent_on(self) -> bool:
        return self.first.sent_to is not None


def journeys_of(day: RecordedDay) -> list[Journey]:
    """By the moment they came. Who was sent on where the day has no line any more has left."""
    found: list[Journey] = []
    going: dict[tuple[str, str], int] = {}
    for line in day.contacts:
        place = going.pop((line.contact, line.queue), None)
        if place is not None:
            found[place] = Journey(found[place].first, line)
            continue
        if line.sent_to is not None:
            going[line.contact, line.sent_to] = len(found)
        found.append(Journey(line, line))
    return found
