/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Who has a UDP port that we wanted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ip.h"

/* Writes "UDP port 500 is held by charon (pid 123)", or without the name where that may not be
 * known, when a socket of this network namespace is bound to the port at `local` (IPv4) or at all
 * addresses. False: there is none. Reads /proc: not for every packet. */
bool udp_holder(const struct ip_addr *local, uint16_t port, char *text, size_t bytes);
