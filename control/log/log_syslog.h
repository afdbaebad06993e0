/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sending the log away as datagrams of RFC 5424: over UDP (RFC 5426) to `syslog host`, and to a
 * Unix socket of this machine. Nothing waits: what cannot be sent at once is lost, and counted. */
#pragma once

#include <stdint.h>

#include "common/ip.h"
#include "control/log/log_rfc5424.h"

#define LOG_SYSLOG_HOSTS 4
#define LOG_SYSLOG_PORT  514

struct log_syslog;

/* `socket_path`: of a Unix datagram socket that is sent everything; NULL = none. It may come and
 * go. `program` is the APP-NAME. NULL = no memory. */
struct log_syslog *log_syslog_new(const char *program, const char *socket_path);
void log_syslog_free(struct log_syslog *syslog);

/* Host `index` (below LOG_SYSLOG_HOSTS) is at this address; family none: there is no such host. */
void log_syslog_set_host(struct log_syslog *syslog, unsigned index, const struct ip_addr *addr);
/* For tests: another port than LOG_SYSLOG_PORT. */
void log_syslog_set_port(struct log_syslog *syslog, uint16_t port);

void log_syslog_send(struct log_syslog *syslog, const struct log_entry *entry);

/* Messages that could not be handed over, since log_syslog_new(). */
uint64_t log_syslog_lost(const struct log_syslog *syslog);
