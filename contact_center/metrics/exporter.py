"""What Prometheus reads: counters over the event log, gauges of the floor, figures of the roles."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client import Counter as PrometheusCounter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from contact_center.agents import presence as presences
from contact_center.cti import events as cti
from contact_center.cti.events import Recorded
from contact_center.loyalty.nights import Night
from contact_center.metrics.wallboard import Floor

WAIT_BUCKETS_S = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
MOS_BUCKETS = (1.5, 2.0, 2.5, 3.0, 3.3, 3.6, 3.8, 4.0, 4.1, 4.2, 4.3, 4.4, 4.5)
LOST_BUCKETS = (0.0, 0.001, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)
JITTER_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)
ROUND_TRIP_BUCKETS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
TALK_BUCKETS_S = (5, 15, 30, 60, 120, 180, 300, 600, 1200, 2400)
CALLBACK_BUCKETS_S = (30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200)
RoleFigures = Callable[[], Iterable[tuple[str, Mapping[str, float]]]]


class EventCounters:
    """Listener of the event log; counts since this core started, as Prometheus wants."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._events = PrometheusCounter("cc_events", "CTI events by type.", ["type"], registry=registry)
        self._offered = PrometheusCounter(
            "cc_contacts_offered", "Contacts that entered a queue.", ["queue"], registry=registry
        )
        self._ended = PrometheusCounter(
            "cc_contacts_ended", "Contacts ended, by outcome.", ["queue", "outcome"], registry=registry
        )
        self._lapsed = PrometheusCounter(
            "cc_offers_lapsed", "Offers that came to nothing.", ["queue", "reason"], registry=registry
        )
        self._wait = Histogram(
            "cc_queue_wait_seconds",
            "Queue wait of answered contacts.",
            ["queue"],
            buckets=WAIT_BUCKETS_S,
            registry=registry,
        )
        self._talk = Histogram(
            "cc_talk_seconds", "Talk time.", ["queue"], buckets=TALK_BUCKETS_S, registry=registry
        )

        self._callbacks = PrometheusCounter(
            "cc_callbacks", "Callbacks, by what became of them.", ["queue", "what"], registry=registry
        )
        self._callback_wait = Histogram(
            "cc_callback_wait_seconds",
            "From the place in line to the word with an agent.",
            ["queue"],
            buckets=CALLBACK_BUCKETS_S,
            registry=registry,
        )
        self._mos, self._lost, self._jitter, self._trip = (
            Histogram(name, what, ["party"], buckets=buckets, registry=registry)
            for name, what, buckets in (
                ("cc_leg_mos", "E-model estimate of each leg that ended, 1-4.5.", MOS_BUCKETS),
                ("cc_leg_lost_ratio", "Share of packets lost, worse direction.", LOST_BUCKETS),
                ("cc_leg_jitter_seconds", "Mean jitter of what a party sent.", JITTER_BUCKETS_S),
                ("cc_leg_round_trip_seconds", "As the party's reports say it.", ROUND_TRIP_BUCKETS_S),
            )
        )

    def tell(self, batch: Sequence[Recorded]) -> None:
        for recorded in batch:
            event = recorded.event
            self._events.labels(event.type).inc()
            if isinstance(event, cti.CallbackEvent):
                self._callback(event)
            match event:
                case cti.Queued(queue=queue, requeued=False):
                    self._offered.labels(queue).inc()
                case cti.Established(queue=queue, wait_s=wait_s):
                    self._wait.labels(queue).observe(wait_s)
                case cti.OfferLapsed(queue=queue, reason=reason):
                    self._lapsed.labels(queue, reason).inc()
                case cti.ContactEnded():
                    self._ended.labels(event.queue or "", event.outcome).inc()
                    if event.outcome == "handled":
                        self._talk.labels(event.queue or "").observe(event.talk_s)
                case cti.QualityMeasured(party=party):
                    self._mos.labels(party).observe(event.mos)
                    self._lost.labels(party).observe(max(event.lost_in, event.lost_out or 0.0))
                    self._jitter.labels(party).observe(event.jitter_ms / 1000)
                    if event.round_trip_ms is not None:
                        self._trip.labels(party).observe(event.round_trip_ms / 1000)
                case _:
                    pass

    def _callback(self, event: cti.CallbackEvent) -> None:
        what = event.type.removeprefix("Callback").lower()
        if isinstance(event, cti.CallbackMissed):
            what = f"missed_{event.why}"
        elif isinstance(event, cti.CallbackDone):
            self._callback_wait.labels(event.queue).observe(event.wait_s)
        self._callbacks.labels(event.queue, what).inc()


class FloorGauges(Collector):
    """The floor and the roles at the moment of the scrape."""

    def __init__(self, floor: Floor, roles: RoleFigures, unstored: Callable[[], int]) -> None:
        self._floor, self._roles, self._unstored = floor, roles, unstored

    def collect(self) -> Iterable[Metric]:
        contacts = GaugeMetricFamily("cc_contacts", "Live contacts by state.", labels=["queue", "state"])
        by_state = Counter((c.queue or "", c.state) for c in self._floor.contacts.values())
        for (queue, state), count in by_state.items():
            contacts.add_metric([queue, state], count)
        yield contacts
        agents = GaugeMetricFamily("cc_agents", "Agents by state.", labels=["state"])
        for state, count in Counter(map(presences.shown, self._floor.presences())).items():
            agents.add_metric([state], count)
        yield agents
        waiting = GaugeMetricFamily(
            "cc_callbacks_waiting", "Callbacks in line with nobody on the telephone.", labels=["queue"]
        )
        for queue, count in self._floor.callbacks_waiting().items():
            waiting.add_metric([queue], count)
        yield waiting
        yield GaugeMetricFamily(
            "cc_events_unstored", "Events the database does not have yet.", value=self._unstored()
        )
        figures = GaugeMetricFamily("cc_role", "Figures the roles report.", labels=["role", "figure"])
        for role, values in self._roles():
            for name, value in values.items():
                figures.add_metric([role, name], value)
        yield figures


class NightGauges(Collector):
    """The nightly reckoning: how far the last one is, whether it runs, when it ended, whether it failed."""

    def __init__(self, latest: Callable[[], Night | None], clock: Callable[[], float]) -> None:
        self._latest, self._clock = latest, clock

    def collect(self) -> Iterable[Metric]:
        night = self._latest()
        if night is None:
            return
        for name, what, value in (
            ("cc_night_running", "Whether the base is being reckoned.", night.running(self._clock())),
            ("cc_night_customers", "Customers of the base when the last night began.", night.customers),
            ("cc_night_customers_done", "Customers the last night has gone through.", night.done),
            ("cc_night_started_seconds", "When the last night began, epoch seconds.", night.started_at),
            ("cc_night_ended_seconds", "When it ended, 0 while it runs.", night.ended_at or 0.0),
            ("cc_night_failed", "Whether it ended by a fault.", bool(night.fault)),
        ):
            yield GaugeMetricFamily(name, what, value=float(value))
