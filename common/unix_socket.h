/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The file of a listening Unix socket. */
#pragma once

/* Removes a socket that nobody listens at any more, as a program that was killed leaves it. 0, also
 * when there is nothing; -EADDRINUSE when somebody listens, -EEXIST when it is no socket, or
 * -errno. */
int unix_socket_clear(const char *path);
