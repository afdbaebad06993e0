/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Conversion of socket addresses; an IPv4 address mapped into IPv6 comes out as IPv4. */
#include "control/sys/sockaddr.h"

#include <netinet/in.h>
#include <string.h>

socklen_t sockaddr_from_ip(const struct ip_addr *addr, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	switch (addr->family) {
	case IP_FAMILY_V4:
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, addr->bytes, 4);
		return sizeof(*in);
	case IP_FAMILY_V6:
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, addr->bytes, 16);
		return sizeof(*in6);
	}
	return 0;
}

struct ip_addr sockaddr_to_ip(const struct sockaddr *sa, uint16_t *port)
{
	struct ip_addr addr = {.family = IP_FAMILY_NONE};
	uint16_t port_be = 0;

	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)sa;

		addr.family = IP_FAMILY_V4;
		memcpy(addr.bytes, &in->sin_addr, 4);
		port_be = in->sin_port;
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

		port_be = in6->sin6_port;
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
			addr.family = IP_FAMILY_V4;
			memcpy(addr.bytes, in6->sin6_addr.s6_addr + 12, 4);
		} else {
			addr.family = IP_FAMILY_V6;
			memcpy(addr.bytes, &in6->sin6_addr, 16);
		}
	}
	if (port)
		*port = ntohs(port_be);
	return addr;
}
