/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a DHCP server says, as the client hands it on: taken where it makes sense, left out where it
 * does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/service/dhcp_client.h"

#define GOOD "event=bound\nip=203.0.113.7\nmask=24\nlease=3600\n"

static struct dhcp_binding binding;

static enum dhcp_event_kind event(const char *text)
{
	return dhcp_event_read(text, strlen(text), &binding);
}

static const char *format(const struct ip_addr *addr)
{
	static char text[IP_ADDR_TEXT_BYTES];

	return ip_addr_format(addr, text);
}

static void test_an_address_with_all_that_comes_with_it(void **state)
{
	char text[IP_PREFIX_TEXT_BYTES];

	assert_int_equal(event(GOOD "router=203.0.113.1 203.0.113.9\nserverid=203.0.113.2\n"
				    "dns=192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5\n"),
	    DHCP_EVENT_BOUND);
	assert_true(binding.valid);
	assert_string_equal(ip_prefix_format(&binding.address, text), "203.0.113.7/24");
	assert_string_equal(format(&binding.router), "203.0.113.1");
	assert_string_equal(format(&binding.server), "203.0.113.2");
	assert_int_equal(binding.name_server_count, 4);
	assert_string_equal(format(&binding.name_server[3]), "192.0.2.4");
	assert_int_equal(binding.lease_sec, 3600);
}

static void test_events(void **state)
{
	static const struct {
		const char *text;
		enum dhcp_event_kind kind;
	} rows[] = {
	    {GOOD, DHCP_EVENT_BOUND},
	    {"event=renew\nip=203.0.113.7\nmask=24\nlease=3600\n", DHCP_EVENT_BOUND},
	    {"event=renew\nip=203.0.113.7\nmask=24\nlease=3600", DHCP_EVENT_BOUND},
	    {"event=deconfig\n", DHCP_EVENT_IDLE},
	    {"event=leasefail\n", DHCP_EVENT_NONE},
	    {"event=nak\n", DHCP_EVENT_LOST},
	    {"event=boundless\nip=203.0.113.7\nmask=24\nlease=3600\n", DHCP_EVENT_NONE},
	    {"", DHCP_EVENT_NONE},
	    {"\n\n=\n", DHCP_EVENT_NONE},
	    {"ip=203.0.113.7\nmask=24\nlease=3600\n", DHCP_EVENT_NONE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (event(rows[i].text) != rows[i].kind)
			fail_msg("%s", rows[i].text);
}

static void test_no_binding_without_a_good_address(void **state)
{
	static const char *const wrong[] = {"ip=0.0.0.0\nmask=24\nlease=60",
	    "ip=127.0.0.1\nmask=24\nlease=60", "ip=224.0.0.1\nmask=24\nlease=60",
	    "ip=255.255.255.255\nmask=24\nlease=60", "ip=2001:db8::1\nmask=24\nlease=60",
	    "ip=203.0.113.7\nmask=33\nlease=60", "ip=203.0.113.7\nmask=0\nlease=60",
	    "ip=203.0.113.7\nmask=7\nlease=60", "ip=203.0.113.7\nmask=-1\nlease=60",
	    "ip=203.0.113.7\nlease=60", "mask=24\nlease=60", "ip=203.0.113.7\nmask=24",
	    "ip=203.0.113.7\nmask=24\nlease=0", "ip=203.0.113.7\nmask=24\nlease=1x",
	    "ip=203.0.113.7\nmask=24\nlease=99999999999", "ip=203.0.113.7 \nmask=24\nlease=60",
	    "ip=203.0.113.7;reboot\nmask=24\nlease=60",
	    "ip=0203.0.113.7777777777777777777777777777777777777777777\nmask=24\nlease=60"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[256] = "event=bound\n";

		if (event(strcat(text, wrong[i])) != DHCP_EVENT_NONE || binding.valid)
			fail_msg("taken: %s", wrong[i]);
	}
}

static void test_what_else_is_wrong_is_left_out(void **state)
{
	assert_int_equal(event(GOOD "router=255.255.255.255 0.0.0.0 203.0.113.1\nserverid=junk\n"
				    "dns=127.0.0.1 $(id) 192.0.2.2\n"),
	    DHCP_EVENT_BOUND);
	assert_string_equal(format(&binding.router), "203.0.113.1");
	assert_int_equal(binding.server.family, IP_FAMILY_NONE);
	assert_int_equal(binding.name_server_count, 1);
	assert_string_equal(format(&binding.name_server[0]), "192.0.2.2");
	assert_int_equal(
	    event("event=bound\nip=203.0.113.7\nmask=24\nlease=4294967295\n"), DHCP_EVENT_BOUND);
	assert_int_equal(binding.lease_sec, UINT32_MAX); /* for ever */
}

static void test_a_binding_outlives_a_restart_until_its_end(void **state)
{
	struct dhcp_binding back;
	char text[DHCP_EVENT_BYTES];
	size_t bytes;

	assert_int_equal(event(GOOD "router=203.0.113.1\nserverid=203.0.113.2\ndns=192.0.2.1\n"),
	    DHCP_EVENT_BOUND);
	binding.ends_sec = 5000;
	bytes = dhcp_binding_write(&binding, text);
	assert_true(dhcp_binding_read(text, bytes, 5000 - 3600 - DHCP_LATE_SEC, &back));
	assert_memory_equal(&back, &binding, sizeof(back));
	assert_true(dhcp_binding_read(text, bytes, 4999, &back));
	assert_false(dhcp_binding_read(text, bytes, 5000, &back));
	assert_false(back.valid);
	assert_false(dhcp_binding_read(text, bytes, 1000, &back)); /* longer than it ever was */
	assert_false(dhcp_binding_read("", 0, 0, &back));
	for (size_t cut = 0; cut < bytes; cut++) /* no crash; and nothing without its end */
		if (dhcp_binding_read(text, cut, 1400, &back))
			assert_int_equal(back.ends_sec, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_address_with_all_that_comes_with_it),
	    cmocka_unit_test(test_events),
	    cmocka_unit_test(test_no_binding_without_a_good_address),
	    cmocka_unit_test(test_what_else_is_wrong_is_left_out),
	    cmocka_unit_test(test_a_binding_outlives_a_restart_until_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
