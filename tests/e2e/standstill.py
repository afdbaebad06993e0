# SPDX-License-Identifier: BSD-3-Clause
"""One thread of a process made to stand still while the others run: what a scheduler may do to it any time."""
import ctypes
import os

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
WAIT_ALL = 0x40000000  # __WALL: threads too

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, tid):
    if libc.ptrace(request, tid, None, None) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of {tid}")


def thread_named(pid, name):
    """The thread whose name ends so."""
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/comm") as comm:
            if comm.read().strip().endswith(name):
                return int(tid)
    raise LookupError(name)


class Standstill:
    """`with Standstill(tid):` that thread stands still for the length of the block."""

    def __init__(self, tid):
        self.tid = tid

    def __enter__(self):
        ptrace(PTRACE_SEIZE, self.tid)
        ptrace(PTRACE_INTERRUPT, self.tid)
        os.waitpid(self.tid, WAIT_ALL)

    def __exit__(self, *exc):
        ptrace(PTRACE_DETACH, self.tid)
