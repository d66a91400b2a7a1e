# SPDX-License-Identifier: ISC
"""Walks a process from system call to system call (ptrace), to end it at any one of them.

Killed by the clock alone a process hardly ever dies between an unlink and a rename.
"""
import ctypes
import os
import signal

SYSCALL, SEIZE, INTERRUPT = 24, 0x4206, 0x4207
EXITKILL, SYSGOOD = 1 << 20, 1
AT_CALL = signal.SIGTRAP | 0x80
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ask(request, pid, data=0):
    return libc.ptrace(request, pid, None, data) == 0


def walk(pid, calls, since=lambda: True):
    """Lets a child enter or leave so many system calls once since() is true; then it stands still.

    The calling thread is its tracer. False when it may not be traced, or has ended; then it is
    still to be waited for.
    """
    if not _ask(SEIZE, pid, EXITKILL | SYSGOOD) or not _ask(INTERRUPT, pid):
        return False
    counting = False
    while True:
        child = os.waitid(os.P_PID, pid, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
        if child.si_code != os.CLD_TRAPPED:
            return False
        os.waitid(os.P_PID, pid, os.WSTOPPED)  # or who waits for its end is told of this
        counting = counting or since()
        calls -= counting and child.si_status == AT_CALL
        if calls <= 0:
            return True
        signals = child.si_status if child.si_status < signal.SIGTRAP or \
            signal.SIGTRAP < child.si_status < 0x80 else 0
        if not _ask(SYSCALL, pid, signals):
            return False
