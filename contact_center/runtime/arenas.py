"""malloc's arenas: two for all threads of a role, which then takes no more from the system than it needs."""

import ctypes
from typing import Final

ARENAS: Final = 2
"""Not one, for threads that store or encode let go of Python's lock; more would seldom be used at once."""
_M_ARENA_MAX: Final = -8
"""`malloc.h` of glibc; mallopt(3)."""


def share_arenas(arenas: int = ARENAS) -> bool:
    """Before the first thread: at most so many. False where the C library has no such thing.

    By default each thread has an arena of its own, up to eight for each core, and each of these grows to the
    size of the largest piece of work that ever came to its thread: a role with ten threads takes memory for
    thousands of calls although it holds no more than after the first hundred.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_M_ARENA_MAX, arenas))
