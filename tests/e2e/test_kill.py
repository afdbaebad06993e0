#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""SIGKILL of the dataplane under traffic, and start right after it (hostile row S03). tests/soak/kill does
the same for as many times as it is told."""
import threading

from killing import *


def test_S03_killed_under_traffic_and_started(lab):
    figures = kill_and_restart(lab, times=5, seed=1)
    # How soon is asserted by tests/soak/kill, on a machine that does nothing else meanwhile.
    print(f"# back after {figures}")


def test_S03_a_look_at_the_dying_does_not_keep_the_next_one_from_starting(lab):
    """Whoever reads a process's memory map holds it, and with it the locks on files mapped there."""
    for _ in range(4):
        ended, path = threading.Event(), f"/proc/{lab.process.pid}/smaps"
        looking = [threading.Thread(target=look_at, args=(path, ended)) for _ in range(2)]
        for thread in looking:
            thread.start()
        time.sleep(0.05)
        lab.kill()
        lab.start()
        ended.set()
        for thread in looking:
            thread.join()


def look_at(path, ended):
    while not ended.is_set():
        try:
            with open(path) as smaps:
                smaps.read()
        except OSError:
            return


if __name__ == "__main__":
    main([value for name, value in list(globals().items()) if name.startswith("test_")], "kill")
