# SPDX-License-Identifier: BSD-3-Clause
"""Network namespaces for tests in Python."""
import ctypes
import os
import subprocess


def sh(command, check=True):
    return subprocess.run(command, shell=True, check=check, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True).stdout


class Namespace:
    """A network namespace: `with ns:` runs the block's socket calls inside."""
    libc = ctypes.CDLL(None, use_errno=True)

    def __init__(self, name):
        self.name = name
        sh(f"ip netns add {name}; ip -n {name} link set lo up")

    def sh(self, command, check=True):
        return sh(f"ip netns exec {self.name} sh -ec '{command}'", check)

    def join(self):
        """Moves the calling thread inside, for good."""
        fd = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        if self.libc.setns(fd, 0) < 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.close(fd)

    def __enter__(self):
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self.join()

    def __exit__(self, *exc):
        self.libc.setns(self.home, 0)
        os.close(self.home)

    def remove(self):
        sh(f"ip netns del {self.name}", check=False)
