"""Queues that can be computed exactly: Erlang C, Erlang A, and waiting rooms with an end.

`arrivals_per_s`, `handle_s` (mean), `agents`, `patience_s` (mean) and `target_s` in seconds; times are
exponential, service is first come first served. Oracles of the router's tests.
Sources: Erlang 1917; Garnett, Mandelbaum & Reiman 2002; Halfin & Whitt 1981; Wallace & Whitt 2005.
"""

from dataclasses import dataclass
from math import exp, log, pi, sqrt
from statistics import NormalDist

NEGLIGIBLE = 1e-15


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """`mean_wait_s` is of all, `asa_s` of the served; `service_level`: served in time / offered."""

    p_wait: float
    p_abandon: float
    mean_wait_s: float
    asa_s: float
    service_level: float
    occupancy: float
    mean_queue: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedFigures:
    """A system that takes in no more than so many; delays (s) of those who got in."""

    blocking: float
    mean_delay_s: float
    p_delay_within: float
    p_wait: float
    utilisation: float


def erlang_c(arrivals_per_s: float, handle_s: float, agents: int, target_s: float) -> QueueFigures:
    """M/M/n without abandonment; raises `ValueError` when the load is more than the agents can do."""
    load = arrivals_per_s * handle_s
    if load >= agents:
        raise ValueError(f"{load:g} erlangs need more than {agents} agents")
    blocked = 1.0
    for servers in range(1, agents + 1):
        blocked = load * blocked / (servers + load * blocked)
    p_wait = blocked / (1.0 - load / agents * (1.0 - blocked))
    spare_per_s = (agents - load) / handle_s
    return QueueFigures(
        p_wait=p_wait,
        p_abandon=0.0,
        mean_wait_s=p_wait / spare_per_s,
        asa_s=p_wait / spare_per_s,
        service_level=1.0 - p_wait * exp(-spare_per_s * target_s),
        occupancy=load / agents,
        mean_queue=arrivals_per_s * p_wait / spare_per_s,
    )


def erlang_c_quantile_s(arrivals_per_s: float, handle_s: float, agents: int, share: float) -> float:
    """The wait (s) that this share of all callers does not exceed, in M/M/n."""
    p_wait = erlang_c(arrivals_per_s, handle_s, agents, 0.0).p_wait
    spare_per_s = agents / handle_s - arrivals_per_s
    return max(0.0, log(p_wait / (1.0 - share)) / spare_per_s)


def erlang_a(
    arrivals_per_s: float, handle_s: float, agents: int, patience_s: float, target_s: float
) -> QueueFigures:
    """M/M/n+M: callers give up after an exponential patience."""
    waiting = _queue_lengths(arrivals_per_s, handle_s, agents, patience_s)
    rate, leave = agents / handle_s, 1.0 / patience_s
    mean_queue = sum(length * share for length, share in enumerate(waiting))
    p_abandon = leave * mean_queue / arrivals_per_s
    # A caller with `ahead` before him is served with probability f, after g/f seconds.
    f, g = rate / (rate + leave), rate / (rate + leave) ** 2
    served_wait_s = waiting[0] * g
    for ahead in range(1, len(waiting)):
        step = rate + ahead * leave
        f, g = f * step / (step + leave), (f * step / (step + leave) + step * g) / (step + leave)
        served_wait_s += waiting[ahead] * g
    p_wait = sum(waiting)
    return QueueFigures(
        p_wait=p_wait,
        p_abandon=p_abandon,
        mean_wait_s=mean_queue / arrivals_per_s,
        asa_s=served_wait_s / (1.0 - p_abandon),
        service_level=1.0 - p_wait + _served_within(waiting, rate, leave, target_s),
        occupancy=arrivals_per_s * (1.0 - p_abandon) * handle_s / agents,
        mean_queue=mean_queue,
    )


def _queue_lengths(arrivals_per_s: float, handle_s: float, agents: int, patience_s: float) -> list[float]:
    """P(all busy and so many wait), by number waiting."""
    load = arrivals_per_s * handle_s
    below, term = 0.0, 1.0
    for busy in range(agents, 0, -1):  # relative to the probability that exactly all are busy
        term *= busy / load
        below += term
        if term < NEGLIGIBLE and busy < load:
            break
    waiting, length = [1.0], 0
    while waiting[-1] > NEGLIGIBLE * (below + 1.0) or length < load - agents:
        length += 1
        waiting.append(waiting[-1] * arrivals_per_s / (agents / handle_s + length / patience_s))
    total = below + sum(waiting)
    return [share / total for share in waiting]


def _served_within(waiting: list[float], rate: float, leave: float, target_s: float) -> float:
    """P(waits and is served within the target), by uniformisation of the callers ahead."""
    top = rate + (len(waiting) + 1) * leave
    ahead, served, total = list(waiting), 0.0, 0.0
    mean = top * target_s
    steps = int(mean + 10.0 * sqrt(mean) + 30.0)
    weight = exp(-mean)
    for step in range(steps + 1):
        total += weight * served
        weight *= mean / (step + 1)
        served += ahead[0] * rate / top
        moved = [ahead[n + 1] * (rate + (n + 1) * leave) / top for n in range(len(ahead) - 1)]
        ahead = [
            here * (1.0 - (rate + (n + 1) * leave) / top) + (moved[n] if n < len(moved) else 0.0)
            for n, here in enumerate(ahead)
        ]
    return total


def limited(
    arrivals_per_s: float, handle_s: float, agents: int, trunks: int, within_s: float
) -> LimitedFigures:
    """M/M/n/K: one pool, `trunks` contacts at most."""
    return shared_trunks(1, arrivals_per_s, handle_s, agents, trunks, within_s)


def shared_trunks(
    pools: int, arrivals_per_s: float, handle_s: float, agents: int, trunks: int, within_s: float
) -> LimitedFigures:
    """Equal M/M/n pools, each with its own arrivals, sharing trunks: a truncated product form."""
    load = arrivals_per_s * handle_s
    one = [1.0]
    for inside in range(1, trunks + 1):
        one.append(one[-1] * load / min(inside, agents))
    others = [1.0]
    for _ in range(pools - 1):
        others = [
            sum(others[n] * one[total - n] for n in range(min(total, len(others) - 1) + 1))
            for total in range(trunks + 1)
        ]
    others += [0.0] * (trunks + 1 - len(others))
    up_to = [sum(others[: room + 1]) for room in range(trunks + 1)]
    everything = sum(one[n] * up_to[trunks - n] for n in range(trunks + 1))
    entered = [one[n] * up_to[trunks - 1 - n] for n in range(trunks)]
    admitted = sum(entered)
    rate = agents / handle_s
    waiting = sum((n - agents) * one[n] * up_to[trunks - n] for n in range(agents, trunks + 1)) / everything
    blocking = 1.0 - admitted / everything
    within = sum(entered[:agents]) + sum(
        entered[n] * _erlang_cdf(n - agents + 1, rate * within_s) for n in range(agents, trunks)
    )
    return LimitedFigures(
        blocking=blocking,
        mean_delay_s=waiting / (arrivals_per_s * (1.0 - blocking)),
        p_delay_within=within / admitted,
        p_wait=sum(entered[agents:]) / admitted,
        utilisation=load * (1.0 - blocking) / agents,
    )


def _erlang_cdf(stages: int, mean: float) -> float:
    """P(at least so many events of a Poisson stream with this mean)."""
    term = total = exp(-mean)
    for n in range(1, stages):
        term *= mean / n
        total += term
    return 1.0 - total


def halfin_whitt(beta: float) -> float:
    """P(wait) of many agents n = R + beta·sqrt(R), without abandonment."""
    normal = NormalDist()
    return 1.0 / (1.0 + beta * normal.cdf(beta) / normal.pdf(beta))


def garnett(beta: float, patience_per_handle: float) -> float:
    """P(wait) of many agents with abandonment; `patience_per_handle` = mean patience / mean handling."""
    ratio = sqrt(patience_per_handle)
    return 1.0 / (1.0 + _hazard(beta * ratio) / _hazard(-beta) / ratio)


def _hazard(x: float) -> float:
    normal = NormalDist()
    return exp(-x * x / 2.0) / sqrt(2.0 * pi) / (1.0 - normal.cdf(x))
