"""Threads of a role share malloc's arenas: counted by the C library itself, in a process of its own."""

import subprocess
import sys

PROGRAM = """
import ctypes, os, sys, threading
from contact_center.runtime.arenas import share_arenas

if sys.argv[1] == "shared":
    assert share_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fdopen.restype = ctypes.c_void_p
together = threading.Barrier(9)

def work():
    libc.malloc(ctypes.c_size_t(50_000))
    together.wait()  # nobody's arena is free for the next while all are there
    together.wait()

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
together.wait()
read, write = os.pipe()
stream = ctypes.c_void_p(libc.fdopen(write, b"w"))
libc.malloc_info(0, stream)
libc.fclose(stream)
together.wait()
print(os.fdopen(read).read().count("<heap nr="))
"""


def _arenas(how: str) -> int:
    ran = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
    return int(ran.stdout)


def test_threads_share_two_arenas() -> None:
    assert _arenas("shared") == 2


def test_left_alone_each_has_its_own() -> None:
    """Why it is done; were this no longer so, it could go."""
    assert _arenas("left alone") > 2
