#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/bind-nic and scripts/hugepages against a sysfs of our own: what they write, what they refuse.

No root and no card is needed. The kernel's part, a driver that lets go and one that takes, is a small program
beside that sysfs; `ip` is one that answers from a file.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

TREE = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = TREE / "scripts"
sys.path.insert(0, str(TREE / "tests/lib"))
import tap  # noqa: E402
CARD, OTHER, VIRTIO, MLX, DISK = ("0000:03:00.0", "0000:03:00.1", "0000:00:05.0", "0000:04:00.0", "0000:00:1f.2")

KERNEL = """#!/bin/sh
# kernel VALUE FILE: what the real one does at that write
bus=$ROOT/sys/bus/pci
echo "$2=$1" >>"$ROOT/written"
case $2 in
*/driver/unbind) rm "$bus/devices/$1/driver" ;;
*/driver_override) printf '%s\\n' "$1" >"$ROOT$2" ;;
*/drivers_probe)
	want=$(cat "$bus/devices/$1/driver_override")
	[ -d "$bus/drivers/$want" ] && [ ! -e "$bus/drivers/$want/broken" ] && ln -s "$bus/drivers/$want" "$bus/devices/$1/driver" ;;
*/bind) d=${2%/bind}; ln -s "$ROOT$d" "$bus/devices/$1/driver" ;;
*) printf '%s\\n' "$1" >"$ROOT$2" ;;
esac
"""

IP = """#!/bin/sh
echo "$*" >>"$ROOT/asked"
while read -r question answer; do
	[ "$question" != "$(echo "$*" | tr ' ' _)" ] || echo "$answer"
done <"$ROOT/ip"
"""

# The kernel knows these modules, and no others.
MODPROBE = """#!/bin/sh
for last; do :; done
case $last in
snd-dummy) exit 0 ;;
igb) [ "$1" = -n ] || mkdir "$ROOT/sys/bus/pci/drivers/igb" ;;
*) exit 1 ;;
esac
"""


class Machine:
    def __init__(self, iommu=True):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="cgw-sys-"))
        for name, text in (("kernel", KERNEL), ("bin/ip", IP), ("bin/modprobe", MODPROBE)):
            self.put(name, text).chmod(0o755)
        self.put("ip", "")
        for driver in ("ixgbe", "virtio-pci", "mlx5_core", "ahci", "vfio-pci"):
            (self.bus / "drivers" / driver).mkdir(parents=True)
        self.card(CARD, "ixgbe", "eth0")
        self.card(OTHER, "ixgbe", "eth1")
        self.card(MLX, "mlx5_core", "eth4")
        self.card(DISK, "ahci", None, "0x010601")
        self.card(VIRTIO, "virtio-pci", None)
        self.interface("eth5", self.bus / "devices" / VIRTIO / "virtio2", self.bus / "devices" / VIRTIO / "virtio2")
        (self.root / "sys/kernel/iommu_groups").mkdir(parents=True)
        if iommu:
            self.group(1, CARD)
        self.put("sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "N\n")

    @property
    def bus(self):
        return self.root / "sys/bus/pci"

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def card(self, address, driver, name, kind="0x020000"):
        device = self.bus / "devices" / address
        device.mkdir(parents=True)
        for file, text in (("class", kind), ("vendor", "0x8086"), ("device", "0x10fb"), ("driver_override", "(null)")):
            (device / file).write_text(text + "\n")
        (device / "driver").symlink_to(self.bus / "drivers" / driver)
        if name:
            self.interface(name, device, device)

    def interface(self, name, holder, device):
        (holder / "net" / name).mkdir(parents=True)
        folder = self.root / "sys/class/net" / name
        folder.mkdir(parents=True)
        (folder / "device").symlink_to(device)

    def group(self, number, *cards):
        folder = self.root / f"sys/kernel/iommu_groups/{number}/devices"
        folder.mkdir(parents=True)
        for card in cards:
            (folder / card).symlink_to(self.bus / "devices" / card)
            (self.bus / "devices" / card / "iommu_group").symlink_to(folder.parent)

    def says(self, question, answer):
        with open(self.root / "ip", "a") as file:
            file.write(f"{question.replace(' ', '_')} {answer}\n")

    def run(self, script, *words, **env):
        done = subprocess.run([SCRIPTS / script, *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={"PATH": f"{self.root}/bin:/usr/bin:/bin:/usr/sbin:/sbin", "ROOT": str(self.root),
                                   "BIND_NIC_ROOT": str(self.root), "HUGEPAGES_ROOT": str(self.root), **env})
        return done.returncode, done.stdout

    def driver(self, card):
        link = self.bus / "devices" / card / "driver"
        return link.resolve().name if link.is_symlink() else None

    def written(self):
        path = self.root / "written"
        return path.read_text().splitlines() if path.exists() else []


def refused(machine, text, *words, **env):
    code, out = machine.run("bind-nic", *words, **env)
    assert code == 1 and text in out, (code, out)
    assert not machine.written(), machine.written()


def test_to_vfio_and_back(m):
    code, out = m.run("bind-nic", "eth0")
    assert code == 0 and f"{CARD}: ixgbe -> vfio-pci" in out, out
    assert m.driver(CARD) == "vfio-pci" and m.driver(OTHER) == "ixgbe"
    assert (m.bus / "devices" / CARD / "driver_override").read_text() == "\n"
    assert "taken from ixgbe" in m.run("bind-nic", "status")[1]
    code, out = m.run("bind-nic", CARD)
    assert code == 0 and "already" in out
    code, out = m.run("bind-nic", "back", "03:00.0")
    assert code == 0 and m.driver(CARD) == "ixgbe", out
    refused_after = m.run("bind-nic", "back", CARD)
    assert refused_after[0] == 1 and "name it" in refused_after[1]


def test_each_takes_all_that_can_be_had(m):
    assert m.run("bind-nic", "each") == (0, "") and not m.written()
    code, out = m.run("bind-nic", "each", CARD, "0000:09:00.0", OTHER)
    assert code == 1 and "no PCI device 0000:09:00.0" in out, out
    assert m.driver(CARD) == m.driver(OTHER) == "vfio-pci"
    code, out = m.run("bind-nic", "each", CARD, OTHER)
    assert code == 0 and out.count("already") == 2, out


def test_dry_run_writes_nothing(m):
    for words in (["-n", CARD], ["--dry-run", "eth0"], ["-n", CARD, "vfio-pci"]):
        code, out = m.run("bind-nic", *words)
        assert code == 0 and f"would write '{CARD}' to /sys/bus/pci/drivers_probe" in out, out
    assert not m.written() and m.driver(CARD) == "ixgbe" and not (m.root / "run").exists()


def test_a_card_in_use_is_refused_unless_forced(m):
    m.says("route show default dev eth0", "default via 192.0.2.1 dev eth0")
    refused(m, "has the default route", CARD)
    assert "default route" in m.run("bind-nic", "status")[1]
    code, out = m.run("bind-nic", "--force", CARD)
    assert code == 0 and m.driver(CARD) == "vfio-pci", out


def test_addresses_routes_bridges_are_use(m):
    m.says("-o addr show dev eth0 scope global", "2: eth0 inet 192.0.2.2/24")
    refused(m, "has an address", CARD)
    m.says("route show dev eth1", "198.51.100.0/24")
    refused(m, "has routes", OTHER)
    (m.root / "sys/class/net/eth5/master").mkdir()
    refused(m, "bridge or bond", VIRTIO)


def test_status_tells_all_reasons_and_all_cards(m):
    m.says("route show default dev eth0", "default via 192.0.2.1 dev eth0")
    m.says("-o addr show dev eth0 scope global", "2: eth0 inet 192.0.2.2/24")
    m.says("route show dev eth0", "192.0.2.0/24")
    m.put(f"sys/bus/pci/devices/{OTHER}/numa_node", "1\n")
    m.put(f"sys/bus/pci/devices/{MLX}/numa_node", "-1\n")
    code, out = m.run("bind-nic", "status")
    rows = {line.split()[0]: line.split(maxsplit=5) for line in out.splitlines()}
    assert code == 0 and list(rows) == ["address", VIRTIO, CARD, OTHER, MLX], out
    assert rows[CARD][5] == "eth0 has the default route, eth0 has an address, eth0 has routes", out
    assert rows["address"][2] == "numa" and [rows[c][2] for c in (CARD, OTHER, MLX)] == ["0", "1", "0"], out


def test_a_driver_that_is_not_there(m):
    for words in (["-n", "--force", "eth0", "nosuchdriver"], ["--force", "eth0", "nosuchdriver"]):
        refused(m, "this kernel has no driver nosuchdriver", *words)
    refused(m, "no PCI driver snd-dummy", "eth0", "snd-dummy")
    code, out = m.run("bind-nic", "-n", "eth0", "igb")
    assert code == 0 and not (m.bus / "drivers/igb").exists() and not m.written(), out
    code, out = m.run("bind-nic", "eth0", "igb")
    assert code == 0 and m.driver(CARD) == "igb", out


def test_the_ssh_connection_is_not_cut(m):
    m.says("-o addr show to 192.0.2.2", "2: eth0    inet 192.0.2.2/24 scope global eth0")
    refused(m, "logged in by", CARD, SSH_CONNECTION="198.51.100.9 50000 192.0.2.2 22")


def test_without_an_iommu(m):
    shutil.rmtree(m.root / "sys/kernel/iommu_groups")
    refused(m, "--noiommu", CARD)
    code, out = m.run("bind-nic", "--noiommu", CARD)
    assert code == 0 and m.driver(CARD) == "vfio-pci", out
    assert m.written()[0] == "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode=1"


def test_the_rest_of_an_iommu_group(m):
    m.group(2, OTHER, VIRTIO)
    refused(m, f"{VIRTIO} is in the same IOMMU group", OTHER)
    (m.bus / "devices" / VIRTIO / "driver").unlink()
    assert m.run("bind-nic", OTHER)[0] == 0


def test_virtio_is_found_by_its_kernel_name(m):
    code, out = m.run("bind-nic", "eth5")
    assert code == 0 and m.driver(VIRTIO) == "vfio-pci", out


def test_what_is_no_card_for_this(m):
    refused(m, "not a network card", DISK)
    refused(m, "Mellanox", MLX)
    refused(m, "no PCI device", "0000:09:00.0")
    refused(m, "no card or interface", "eth9")
    assert m.run("bind-nic")[0] == 2 and m.run("bind-nic", "--no-such", CARD)[0] == 2
    assert m.run("bind-nic", CARD, "ixgbe", "x")[0] == 2


def test_a_driver_that_refuses_gives_the_card_back(m):
    (m.bus / "drivers/vfio-pci/broken").touch()
    code, out = m.run("bind-nic", CARD)
    assert code == 1 and "did not take vfio-pci" in out and m.driver(CARD) == "ixgbe", (out, m.driver(CARD))


def pages(m, node, kib, total, free):
    base = f"sys/devices/system/node/node{node}/hugepages/hugepages-{kib}kB"
    m.put(f"{base}/nr_hugepages", f"{total}\n")
    m.put(f"{base}/free_hugepages", f"{free}\n")
    return m.root / base


def test_hugepages_are_raised_never_lowered(m):
    near, far = pages(m, 0, 2048, 100, 40), pages(m, 1, 2048, 0, 0)
    big = pages(m, 0, 1048576, 0, 0)
    code, out = m.run("hugepages")
    assert code == 0 and "node0: 100 pages of 2048 KiB, 40 free" in out and "node1" in out, out
    assert m.run("hugepages", "80")[0] == 0 and near.joinpath("nr_hugepages").read_text() == "100\n"
    code, out = m.run("hugepages", "-n", "256")
    assert code == 0 and "would write 188" in out and near.joinpath("nr_hugepages").read_text() == "100\n", out
    # This sysfs has no memory behind it: what is written stays unfulfilled, and is said to be.
    code, out = m.run("hugepages", "256")
    assert code == 1 and "fragmented" in out and near.joinpath("nr_hugepages").read_text() == "188\n", out
    m.run("hugepages", "--node", "1", "3")
    assert far.joinpath("nr_hugepages").read_text() == "2\n"
    m.run("hugepages", "--size", "1G", "1025")
    assert big.joinpath("nr_hugepages").read_text() == "2\n"


def test_hugepages_refuses(m):
    pages(m, 0, 2048, 0, 0)
    for words in (["x"], ["1", "2"], ["--size", "4M", "1"], ["--node", "", "1"], ["-x"]):
        assert m.run("hugepages", *words)[0] == 2, words
    assert "no NUMA node 7" in m.run("hugepages", "--node", "7", "64")[1]
    assert "no hugepages of 1048576" in m.run("hugepages", "--size", "1G", "64")[1]


def test_shellcheck(m):
    done = subprocess.run(["shellcheck", SCRIPTS / "bind-nic", SCRIPTS / "hugepages"], text=True, stdout=subprocess.PIPE)
    assert done.returncode == 0, done.stdout


if __name__ == "__main__":
    tap.main(globals(), setup=Machine, teardown=lambda m: shutil.rmtree(m.root), each=True)
