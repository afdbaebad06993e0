/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Telling the one who started this program how far it is: sd_notify(3)'s protocol, a datagram to
 * the socket that NOTIFY_SOCKET names. */
#pragma once

/* Sends `state` ("READY=1", "STOPPING=1"), lines of NAME=VALUE. Nothing without NOTIFY_SOCKET, and
 * nothing happens when it cannot be sent: the start goes on as it does by hand. */
void notify_supervisor(const char *state);
