"""The preloaded parent of conversation processes: imports everything once, creates nothing, forks on demand.

Single-threaded and without a reactor, so a fork is safe and cheap. It speaks lines over the socket it
inherits: `spawn` in; `ready`, `spawned PID`, `exited PID STATUS` out. When the host is gone (end of file) it
ends too; its children look after themselves.
"""

import concurrent.futures.thread  # noqa: F401  # preloaded for the loop's resolver, like uvloop below
import contextlib
import gc
import os
import selectors
import signal
import socket
import sys
import traceback

from contact_center.config import Settings
from contact_center.telephony.media import conversation

with contextlib.suppress(ImportError):  # no wheel on some platforms
    import uvloop  # noqa: F401  # children use it

NEVER_BEFORE_THE_FORK = "twisted.internet.reactor"


class Spawner:
    def __init__(self, host: socket.socket, settings: Settings) -> None:
        self._host, self._settings = host, settings
        self._wake_out, self._wake_in = socket.socketpair()
        for end in (self._wake_out, self._wake_in):
            end.setblocking(False)

    def run(self) -> None:
        signal.set_wakeup_fd(self._wake_in.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the host decides
        gc.collect()
        gc.freeze()  # a collection in a child must not touch, and so copy, the shared pages
        self._say("ready")
        unread = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._host, selectors.EVENT_READ)
            selector.register(self._wake_out, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._wake_out:
                        self._wake_out.recv(4096)
                        self._reap()
                        continue
                    fresh = self._host.recv(4096)
                    if not fresh:
                        signal.set_wakeup_fd(-1)  # children end later than the pair of sockets
                        return
                    *lines, unread = (unread + fresh).split(b"\n")
                    for line in lines:
                        self._obey(line.decode(), selector)

    def _obey(self, line: str, selector: selectors.BaseSelector) -> None:
        if line != "spawn":
            raise ValueError(f"unknown order {line!r}")
        pid = os.fork()
        if pid == 0:
            self._be_conversation(selector)
        self._say(f"spawned {pid}")

    def _be_conversation(self, selector: selectors.BaseSelector) -> None:
        """In the child: drop what is the parent's, and never return to it."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            selector.close()
            for end in (self._host, self._wake_in, self._wake_out):
                end.close()
            conversation.main(self._settings)
            status = 0
        except BaseException:  # noqa: BLE001  # the last frame of the process: say why, then leave
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._say(f"exited {pid} {os.waitstatus_to_exitcode(status)}")

    def _say(self, line: str) -> None:
        try:
            self._host.sendall(line.encode() + b"\n")
        except (BrokenPipeError, ConnectionResetError):
            return  # the host is gone; end of file follows


def main(argv: list[str]) -> None:
    """`spawner FD`, the settings as JSON on stdin."""
    if NEVER_BEFORE_THE_FORK in sys.modules:
        raise RuntimeError("a reactor was imported before the fork")
    with socket.socket(fileno=int(argv[0])) as host:
        Spawner(host, Settings.model_validate_json(sys.stdin.read())).run()


if __name__ == "__main__":
    main(sys.argv[1:])
