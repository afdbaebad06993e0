/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From `dhcp` and `dns` lines to dnsmasq's configuration: expected lines by table, and dnsmasq's
 * own opinion of every one of these files. */
#include "tests/unit/service/service_fixture.h"

#include "control/service/dnsmasq.h"
#include "control/service/leases.h"

#define LEASES "/run/cgw/test/dhcp.leases"
#define SCOPE  "dhcp service server\ndhcp scope 1 192.168.100.2-192.168.100.191/24"
#define LAST   "dhcp-lease-max=1000000\n"

static struct text out;

static const char *generate(const char *lines)
{
	text_free(&out);
	if (!dnsmasq_config(model_of(lines), &facts, LEASES, &out))
		return NULL;
	return out.data;
}

/* `dnsmasq --test` of the file. */
static void judge(const char *lines)
{
	char path[] = "/tmp/cgw-dnsmasq-XXXXXX", command[100];
	int fd = mkstemp(path), rc;
	FILE *file = fdopen(fd, "w");

	fputs(out.data, file);
	fclose(file);
	snprintf(command, sizeof(command), "dnsmasq --test -C %s 2>/dev/null", path);
	rc = system(command);
	unlink(path);
	if (rc)
		fail_msg("dnsmasq does not take the file of:\n%s\n\n%s", lines, out.data);
}

static const struct row {
	const char *lines;
	const char *has[8];   /* lines of the file */
	const char *lacks[4]; /* parts that are not in it */
} rows[] = {
    {SCOPE,
	{"interface=lan1\n", "except-interface=lo\n",
	    "dhcp-range=set:scope1,192.168.100.2,192.168.100.191,255.255.255.0,4320m\n",
	    "dhcp-option=tag:scope1,6,0.0.0.0\n", "dhcp-leasefile=" LEASES "\n", LAST},
	{"lan2", "authoritative", "dhcp-match", "no-resolv"}},
    {SCOPE " expire 24:00 maxexpire infinity",
	{"dhcp-match=set:asks,51\n",
	    "dhcp-range=tag:!asks,set:scope1,192.168.100.2,192.168.100.191,255.255.255.0,1440m\n",
	    "dhcp-range=tag:asks,set:scope1,192.168.100.2,192.168.100.191,255.255.255.0,"
	    "infinite\n"},
	{NULL}},
    {SCOPE " except 192.168.100.2 192.168.100.100-192.168.100.109 192.168.100.105-192.168.100.191",
	{"dhcp-range=set:scope1,192.168.100.3,192.168.100.99,255.255.255.0,4320m\n"},
	{"192.168.100.2,", "192.168.100.11"}},
    {SCOPE " except 192.168.100.150-192.168.100.250 192.168.100.10-192.168.100.19",
	{"dhcp-range=set:scope1,192.168.100.2,192.168.100.9,255.255.255.0,4320m\n",
	    "dhcp-range=set:scope1,192.168.100.20,192.168.100.149,255.255.255.0,4320m\n"},
	{"192.168.100.150", "192.168.100.191"}},
    {"dhcp service server\ndhcp scope 7 192.168.100.0-192.168.100.255/24 gateway 192.168.100.254",
	{"dhcp-range=set:scope7,192.168.100.1,192.168.100.254,255.255.255.0,4320m\n",
	    "dhcp-option=tag:scope7,3,192.168.100.254\n"},
	{NULL}},
    {SCOPE "\ndns server 192.0.2.53 198.51.100.53\ndns domain example.com",
	{"no-resolv\n", "strict-order\n", "server=192.0.2.53\nserver=198.51.100.53\n",
	    "dhcp-option=tag:scope1,6,0.0.0.0,192.0.2.53,198.51.100.53\n",
	    "dhcp-option=tag:scope1,15,example.com\n"},
	{NULL}},
    {SCOPE "\ndns service off\ndns server 192.0.2.53",
	{"port=0\n", "dhcp-option=tag:scope1,6,192.0.2.53\n"}, {"server=", "cache-size"}},
    {SCOPE "\ndhcp server rfc2131 compliant except remain-silent", {"dhcp-authoritative\n"},
	{"ignore-clid"}},
    {SCOPE "\ndhcp server rfc2131 compliant except use-clientid remain-silent",
	{"dhcp-authoritative\n", "dhcp-ignore-clid\n"}, {NULL}},
    {SCOPE "\ndhcp scope bind 1 192.168.100.5 ethernet 00:a0:DE:01:23:45\n"
	   "dhcp scope bind 1 192.168.100.6 text client01\n"
	   "dhcp scope bind 1 192.168.100.7 ff 00 a0\n"
	   "dhcp scope bind 1 192.168.100.8 00:a0:de:01:23:46",
	{"dhcp-host=id:01:00:a0:de:01:23:45,192.168.100.5\n",
	    "dhcp-host=id:00:63:6c:69:65:6e:74:30:31,192.168.100.6\n",
	    "dhcp-host=id:ff:00:a0,192.168.100.7\n", "dhcp-host=00:a0:de:01:23:46,192.168.100.8\n"},
	{NULL}},
    {SCOPE "\ndhcp scope option 1 router=192.168.100.250 dns=192.0.2.1,192.0.2.2 "
	   "domain=branch.example.com 26=1400 19=on 23=64 2=32400",
	{"dhcp-option=tag:scope1,3,192.168.100.250\n",
	    "dhcp-option=tag:scope1,6,192.0.2.1,192.0.2.2\n",
	    "dhcp-option=tag:scope1,15,\"branch.example.com\"\n",
	    "dhcp-option=tag:scope1,26,1400s\n", "dhcp-option=tag:scope1,19,1b\n",
	    "dhcp-option=tag:scope1,23,64b\n", "dhcp-option=tag:scope1,2,32400i\n"},
	{"0.0.0.0"}},
    {SCOPE "\ndhcp scope option 1 43=0a,ff 200=0a wins_server=192.168.100.9 67=pxe/boot.0",
	{"dhcp-option=tag:scope1,43,0a:ff\n", "dhcp-option=tag:scope1,200,10b\n",
	    "dhcp-option=tag:scope1,44,192.168.100.9\n",
	    "dhcp-option=tag:scope1,67,\"pxe/boot.0\"\n"},
	{NULL}},
    {"dns server 192.0.2.53",
	{"interface=lan1\nno-dhcp-interface=lan1\n", "server=192.0.2.53\n", "cache-size=256\n"},
	{"lan2", "dhcp-range", "port=0"}},
    {"ip host gw.example.com 192.168.100.1 ttl=60\n"
     "dns static a a.example.com 192.0.2.9\ndns static aaaa a.example.com 2001:db8::9\n"
     "dns static ptr 192.0.2.10 b.example.com\ndns static cname c.example.com a.example.com",
	{"interface=lan1\n", "local-ttl=1\n", "host-record=gw.example.com,192.168.100.1,60\n",
	    "host-record=a.example.com,192.0.2.9,1\n", "host-record=a.example.com,2001:db8::9,1\n",
	    "ptr-record=10.2.0.192.in-addr.arpa,b.example.com\n",
	    "cname=c.example.com,a.example.com,1\n"},
	{"no-resolv", "server="}},
    {"dns server 192.0.2.53\ndns server select 9 192.0.2.54 192.0.2.55 any corp.example.com\n"
     "dns server select 3 192.0.2.56 ptr 10.20.0.0/16\ndns server select 4 dhcp lan2 192.0.2.57 "
     "x.example",
	{"no-resolv\nstrict-order\nserver=192.0.2.53\n",
	    "server=/corp.example.com/192.0.2.54\nserver=/corp.example.com/192.0.2.55\n",
	    "rev-server=10.20.0.0/16,192.0.2.56\n", "server=/x.example/192.0.2.57\n"},
	{"local-ttl"}},
    /* One for all names takes the place of `dns server`; of two of one domain the first counts. */
    {"dns server 192.0.2.53\ndns server select 2 192.0.2.54 .\n"
     "dns server select 9 192.0.2.55 a example.com\ndns server select 8 192.0.2.56 Example.COM",
	{"no-resolv\nstrict-order\nserver=192.0.2.54\n", "server=/Example.COM/192.0.2.56\n"},
	{"192.0.2.53", "192.0.2.55"}},
    {"dns service recursive", {"interface=lan1\n"}, {"no-resolv", "server="}},
    {"dhcp service server\ndhcp scope 2 203.0.113.10-203.0.113.20/24",
	{"interface=lan1\nno-dhcp-interface=lan1\n", "interface=lan2\n"},
	{"no-dhcp-interface=lan2"}},
    {"dhcp service relay\ndhcp relay server 192.0.2.67 192.0.2.68\ndns service off",
	{"interface=lan1\n", "dhcp-relay=192.168.100.1,192.0.2.67\n",
	    "dhcp-relay=192.168.100.1,192.0.2.68\n", "port=0\n"},
	{"lan2", "no-dhcp-interface"}},
};

static void test_lines_become_the_file_and_dnsmasq_takes_it(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *file = generate(rows[i].lines);

		if (!file)
			fail_msg("nothing is served by:\n%s", rows[i].lines);
		for (unsigned j = 0; j < 8 && rows[i].has[j]; j++)
			if (!strstr(file, rows[i].has[j]))
				fail_msg("of:\n%s\n\n%s\nis not in:\n%s", rows[i].lines,
				    rows[i].has[j], file);
		for (unsigned j = 0; j < 4 && rows[i].lacks[j]; j++)
			if (strstr(file, rows[i].lacks[j]))
				fail_msg("of:\n%s\n\n%s\nis in:\n%s", rows[i].lines,
				    rows[i].lacks[j], file);
		judge(rows[i].lines);
	}
}

static void test_nothing_is_served_unless_it_is_asked_for(void **state)
{
	static const char *const lines[] = {"", "dhcp scope 1 192.168.100.2-192.168.100.191/24",
	    "dns service off", "dns service off\ndns server 192.0.2.53", "dhcp service relay",
	    "dns service off\ndhcp service server\ndhcp scope 1 10.0.0.2-10.0.0.9/24"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (generate(lines[i]))
			fail_msg("served by \"%s\":\n%s", lines[i], out.data);
}

static void test_a_port_with_an_address_by_dhcp_asks_and_is_not_asked(void **state)
{
	facts.lan[2].leased = true;
	facts.lan[2].name_server_count = 1;
	(void)ip_addr_parse("203.0.113.53", &facts.lan[2].name_server[0]);
	assert_non_null(generate(SCOPE "\ndhcp scope 2 203.0.113.10-203.0.113.20/24"));
	assert_null(strstr(out.data, "interface=lan2"));
	assert_non_null(strstr(out.data, "no-resolv\nstrict-order\nserver=203.0.113.53\n"));
	assert_non_null(generate("dns server select 1 dhcp lan2 192.0.2.57 any example.com"));
	assert_non_null(strstr(out.data, "server=/example.com/203.0.113.53\n"));
	assert_null(strstr(out.data, "192.0.2.57"));
	assert_non_null(generate("dns server dhcp lan1"));
	assert_null(strstr(out.data, "server=")); /* lan1 was told none: nobody is asked */
	fixture_machine();
}

static void test_pools_that_overlap_and_wrong_values_are_refused(void **state)
{
	static const struct {
		const char *lines, *why;
	} wrong[] = {
	    {SCOPE "\ndhcp scope 2 192.168.100.191-192.168.100.200/24",
		"the pools of scopes 1 and 2 overlap"},
	    {SCOPE " expire 72:01", "line 2: expire is longer than maxexpire"},
	    {"dhcp server rfc2131 compliant off", "line 1: the server follows RFC 2131: of it only "
						  "remain-silent and use-clientid can "
						  "be left out, as in `except remain-silent`"},
	    {"dhcp server rfc2131 compliant use-clientid",
		"line 1: the server follows RFC 2131: of it only remain-silent and use-clientid "
		"can "
		"be left out, as in `except remain-silent`"},
	    {"dhcp scope option 1 dns=example.com",
		"line 1: column 21: \"dns=example.com\": the value of this option is addresses by "
		"commas"},
	    {"dhcp scope option 1 55=01",
		"line 1: column 21: \"55=01\": an option is 1..49 or 62..254 or a name as router, "
		"dns, domain, then = and its value"},
	    {"dhcp scope option 1 'domain=a b'", "line 1: column 21: \"domain=a b\": the value of "
						 "this option is letters, digits and "
						 "._:/@+=-"},
	    {"dns server 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5",
		"line 1: at most 4 servers can be named"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(fixture_model(wrong[i].lines));
		assert_string_equal(fixture_error, wrong[i].why);
	}
}

static void test_leases_are_read_and_strange_lines_are_passed_over(void **state)
{
	static const char text[] =
	    "1700000000 00:a0:de:01:23:45 192.168.100.2 pc1 01:00:a0:de:01:23:45\n"
	    "0 00:a0:de:01:23:46 192.168.100.3 * *\n"
	    "duid 00:01\n"
	    "x 00:a0:de:01:23:46 192.168.100.3 * *\n"
	    "5 00:a0:de:01:23:4 192.168.100.3 * *\n"
	    "5 00:a0:de:01:23:47 192.168.100.300 * *\n"
	    "5 00:a0:de:01:23:48 192.168.100.4 \x1b[2J *\n"
	    "5 00:a0:de:01:23:49 192.168.100.5 cut";
	struct lease leases[8];

	assert_int_equal(leases_read(text, strlen(text), leases, 8), 3);
	assert_int_equal(leases[0].expires_unix, 1700000000);
	assert_string_equal(leases[0].host, "pc1");
	assert_int_equal(leases[0].id_bytes, 7);
	assert_memory_equal(leases[0].id, "\x01\x00\xa0\xde\x01\x23\x45", 7);
	assert_int_equal(leases[1].expires_unix, 0);
	assert_int_equal(leases[1].id_bytes, 0);
	assert_string_equal(leases[2].host, ""); /* not printable */
	assert_int_equal(leases_read(text, strlen(text), leases, 1), 1);
	assert_int_equal(leases_read("", 0, leases, 8), 0);
}

static void test_what_it_says_of_every_start_is_chatter(void **state)
{
	static const struct {
		const char *line;
		bool chatter;
	} said[] = {
	    {"dnsmasq[123]: started, version 2.90 cachesize 150", true},
	    {"dnsmasq[123]: compile time options: IPv6 GNU-getopt DBus no-UBus i18n", true},
	    {"dnsmasq-dhcp[123]: DHCP, IP range 192.168.100.2 -- 192.168.100.191, lease time 3d",
		true},
	    {"dnsmasq-dhcp[123]: DHCP, sockets bound exclusively to interface lan1", true},
	    {"dnsmasq[123]: exiting on receipt of SIGTERM", true},
	    {"dnsmasq-dhcp[123]: DHCPACK(lan1) 192.168.100.2 00:a0:de:01:23:45 pc1", false},
	    {"dnsmasq-dhcp[123]: DHCP packet received on lan1 which has no address", false},
	    {"dnsmasq-dhcp[123]: no address range available for DHCP request via lan1", false},
	    {"dnsmasq[123]: failed to create listening socket for port 53: Address in use", false},
	    {"dnsmasq[123]: start", false},
	    {"", false},
	};

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		assert_int_equal(
		    dnsmasq_is_chatter(said[i].line, strlen(said[i].line)), said[i].chatter);
}

static int setup(void **state)
{
	fixture_machine();
	return 0;
}

static int teardown(void **state)
{
	text_free(&out);
	return fixture_end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines_become_the_file_and_dnsmasq_takes_it),
	    cmocka_unit_test(test_nothing_is_served_unless_it_is_asked_for),
	    cmocka_unit_test(test_a_port_with_an_address_by_dhcp_asks_and_is_not_asked),
	    cmocka_unit_test(test_pools_that_overlap_and_wrong_values_are_refused),
	    cmocka_unit_test(test_what_it_says_of_every_start_is_chatter),
	    cmocka_unit_test(test_leases_are_read_and_strange_lines_are_passed_over),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
