/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Files that remember a child process over a restart of this one: what a run that died left behind
 * is ended before its successor is started.
 *
 * A process is named by its number and the time of its start, so that a number that was used again
 * is never taken for it. */
#pragma once

/* Remembers `pid`. 0 or -errno. */
int pidfile_write(const char *path, int pid);

/* Ends (SIGKILL) the process that the file remembers, if that one still lives, and waits for its
 * end for up to a second; then forgets it. 1 = one was ended, 0 = there was none, or -errno. */
int pidfile_end_former(const char *path);

void pidfile_forget(const char *path);
