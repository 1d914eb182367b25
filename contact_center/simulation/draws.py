"""The calls of one replication: when, for which queue, how long, how patient. Same seed, same calls.

Every policy sees the very same calls, so differences between policies are paired.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng
from numpy.typing import NDArray

from contact_center.simulation.scenario import DistributionName, Queue, Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Parallel lists in order of arrival: time (s), queue number, handling at level 1 and patience (s).

    `asks`: whether the caller takes a callback when he is offered one.
    """

    at: list[float]
    queue: list[int]
    handle_s: list[float]
    patience_s: list[float]
    asks: list[bool]


def draw_calls(scenario: Scenario, seed: int, replication: int) -> Calls:
    """All calls up to the horizon."""
    horizon_s = scenario.scenario.horizon_s
    columns: list[list[NDArray[np.float64]]] = [[], [], [], [], []]
    for number, queue in enumerate(scenario.queue):
        draw = default_rng(SeedSequence([seed, replication, number]))
        at = _arrivals(draw, queue, horizon_s)
        handling, patience = scenario.handling, scenario.patience
        handle = _spread(draw, handling.distribution, handling.cv, len(at)) * queue.mean_handle_s
        patient = _spread(draw, patience.distribution, patience.cv, len(at))
        patient *= np.inf if queue.mean_patience_s is None else queue.mean_patience_s
        asks = np.zeros(len(at))
        if queue.callback is not None:
            asks += (
                default_rng(SeedSequence([seed, replication, number, 1])).random(len(at))
                < queue.callback.share
            )
        drawn = (at, np.full(len(at), float(number)), handle, patient, asks)
        for column, values in zip(columns, drawn, strict=True):
            column.append(values)
    at, queues, handles, patients, asking = (np.concatenate(column) for column in columns)
    order = np.argsort(at, kind="stable")
    return Calls(
        at=at[order].tolist(),
        queue=queues[order].astype(int).tolist(),
        handle_s=handles[order].tolist(),
        patience_s=patients[order].tolist(),
        asks=asking[order].astype(bool).tolist(),
    )


def _arrivals(draw: Generator, queue: Queue, horizon_s: float) -> NDArray[np.float64]:
    """A Poisson stream with the queue's rate."""
    parts = [
        np.sort(draw.uniform(from_s, to_s, draw.poisson(rate * (to_s - from_s))))
        for from_s, to_s, rate in queue.pieces(horizon_s)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def _spread(draw: Generator, name: DistributionName, cv: float, size: int) -> NDArray[np.float64]:
    """Positive numbers of mean 1."""
    match name:
        case "exponential":
            return draw.standard_exponential(size)
        case "lognormal":
            sigma = np.sqrt(np.log1p(cv * cv))
            return draw.lognormal(-sigma * sigma / 2.0, sigma, size)
        case "gamma":
            return draw.gamma(1.0 / (cv * cv), cv * cv, size)
        case "constant":
            return np.ones(size)
