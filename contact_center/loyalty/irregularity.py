"""How far a customer's fall lies outside his own ordinary ups and downs.

Who buys now and then is always "30 % below his peak": the peak is the best of many windows. So a fall is held
against the noise of his own periods, taken from their successive differences (von Neumann 1941), which a
steady rise or fall hardly moves: noise² = mean of (next − this)² ÷ 2.
"""

import numpy as np
from numpy.typing import NDArray

from contact_center.loyalty.base import Array


def falls_in_noise(volumes: Array, first: NDArray[np.int32], window: int) -> Array:
    """(peak − now) of the trailing mean over `window` periods, in standard errors of such a difference.

    `volumes` of shape (customers, periods), oldest first, from column `first`. Infinite for a fall without
    any noise, 0 where nothing fell or there are fewer than three periods.
    """
    periods = volumes.shape[1]
    column = np.arange(periods)
    own = column >= first[:, None]
    mine = np.where(own, volumes, 0.0)
    total = np.cumsum(np.pad(mine, ((0, 0), (window, 0))), axis=1)
    sums = total[:, window:] - total[:, :-window] if window < total.shape[1] else total[:, window:]
    count = np.clip(column - first[:, None] + 1, 1, window)
    smoothed = np.where(own, sums / count, -np.inf)
    fallen = np.maximum(0.0, smoothed.max(axis=1) - smoothed[:, -1])
    both = own[:, 1:] & own[:, :-1]
    steps = np.where(both, np.diff(volumes, axis=1), 0.0)
    noise = np.sqrt((steps**2).sum(axis=1) / np.maximum(both.sum(axis=1), 1) / 2)
    error = noise * np.sqrt(2 / window)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(error > 0, fallen / error, np.where(fallen > 0, np.inf, 0.0))
    return np.where(own.sum(axis=1) >= 3, found, 0.0)
