"""Log lines of a role: one line each, with the role's name; Twisted's log joins the same stream."""

import logging
import sys

from twisted.python import log as twisted_log

FORMAT = "%(asctime)s %(levelname)-7s {role:<7} %(name)s: %(message)s"
QUIET = ("uvicorn", "uvicorn.error", "aioice", "aiortc", "alembic", "websockets", "twisted", "httpx")
"""Libraries that speak at INFO of what concerns nobody; their warnings are kept."""


def begin(role: str, level: str) -> None:
    """Send the log of this process to standard error."""
    logging.basicConfig(stream=sys.stderr, level=level, format=FORMAT.format(role=role), force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    twisted_log.PythonLoggingObserver("twisted").start()
