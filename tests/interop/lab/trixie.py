# SPDX-License-Identifier: BSD-3-Clause
"""A small Debian trixie tree with strongSwan 6, made by debootstrap when it is first needed.

The place is $CGW_TRIXIE, or build/trixie in the source tree. Making it takes about half a minute and 300 MB,
and needs the Debian mirror; it is kept."""
import fcntl
import os
import pathlib
import shutil

from .proc import LabError, run

PACKAGES = ("charon-systemd,strongswan-swanctl,libcharon-extra-plugins,libstrongswan-extra-plugins,"
            "libstrongswan-standard-plugins,iproute2")
MIRROR = "http://deb.debian.org/debian"
SOURCE_TREE = pathlib.Path(__file__).resolve().parents[3]

# A mount namespace of its own: nothing of it is seen by, or left to, the rest of the machine.
ENTER = ('mount --make-rprivate /; mount --bind /dev "$1/dev"; mount -t proc proc "$1/proc"; '
         'mkdir -p "$1$2"; mount --bind "$2" "$1$2"; exec ip netns exec "$3" chroot "$1" "$4"')


def place():
    return pathlib.Path(os.environ.get("CGW_TRIXIE") or SOURCE_TREE / "build" / "trixie")


def usable():
    return (place() / "usr/sbin/charon-systemd").exists()


def make():
    """Makes the tree unless it stands. LabError says why it cannot be had."""
    root = place()
    root.parent.mkdir(parents=True, exist_ok=True)
    with open(root.parent / f".{root.name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if usable():
            return
        unfinished = root.with_name(root.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        if not shutil.which("debootstrap"):
            raise LabError("strongSwan 6 needs debootstrap, which is not installed")
        done = run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", "trixie", unfinished,
                   os.environ.get("CGW_DEBIAN_MIRROR", MIRROR), check=False, timeout=600)
        if done.returncode:
            raise LabError("strongSwan 6 (plain ESP) cannot be had: debootstrap of trixie failed: "
                           + (done.stdout + done.stderr).strip()[-400:])
        unfinished.rename(root)


def command(namespace, folder, program):
    """Command line that runs `program` of the tree in a network namespace, with `folder` visible."""
    return ["unshare", "-m", "sh", "-c", ENTER, "sh", place(), folder, namespace, program]
