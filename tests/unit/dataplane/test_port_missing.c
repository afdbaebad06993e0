/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whose a device is that DPDK does not have, in a sysfs of the test's own. */
#include "dataplane/port_missing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char sys[] = "/tmp/cgw-test-sys-XXXXXX";

/* A shell line, in that folder. */
static void run(const char *line)
{
	char command[1024];

	snprintf(command, sizeof(command), "cd %s && %s", sys, line);
	assert_int_equal(system(command), 0);
}

static int make(void **state)
{
	(void)state;
	if (!mkdtemp(sys))
		return -1;
	run("mkdir -p bus/pci/devices/0000:03:00.0 bus/pci/devices/0000:03:00.1 "
	    "bus/pci/devices/0000:03:00.2 class/net/eth1 class/net/veth0 && "
	    "ln -s ../../../drivers/ixgbe bus/pci/devices/0000:03:00.0/driver && "
	    "ln -s ../../../drivers/vfio-pci bus/pci/devices/0000:03:00.1/driver && "
	    "ln -s ../../../bus/pci/devices/0000:03:00.0 class/net/eth1/device");
	return 0;
}

static int take_away(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", sys);
	return system(command);
}

static void says(const char *device, const char *sentence)
{
	char text[512];

	port_missing(sys, device, text, sizeof(text));
	assert_string_equal(text, sentence);
}

static void test_whose_it_is(void **state)
{
	(void)state;
	says("eth1",
	    "that is the kernel's name of card 0000:03:00.0: after cgw-bind-nic 0000:03:00.0, name "
	    "it 0000:03:00.0 here");
	says("veth0",
	    "that is an interface of the kernel: --vdev net_af_packet0,iface=veth0 makes a device "
	    "net_af_packet0 of it");
	says("0000:03:00.0",
	    "the kernel's driver ixgbe has the card: cgw-bind-nic 0000:03:00.0 takes it");
	says("0000:03:00.1",
	    "DPDK did not take the card, which vfio-pci has: is it among EAL's -a, and has DPDK a "
	    "driver for it? EAL's lines above say more");
	says("0000:03:00.2", "no driver has the card: cgw-bind-nic 0000:03:00.2 binds it");
}

/* What devices there are is asserted in tests/e2e/test_restart.py. */
static void test_none_such(void **state)
{
	(void)state;
	for (const char *const *device =
		 (const char *const[]){"0000:09:00.0", "eth9", "../../etc", NULL};
	     *device; device++)
		says(*device,
		    "DPDK found no device at all; cgw-bind-nic status shows the cards of this "
		    "machine, --vdev makes virtual ones");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whose_it_is),
	    cmocka_unit_test(test_none_such),
	};

	return cmocka_run_group_tests(tests, make, take_away);
}
