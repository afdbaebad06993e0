/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A service that is another program: started, kept running, ended.
 *
 * A program that ends by itself is started again, after one second at first and after twice as long
 * each time, up to a minute; one that ran for a minute begins anew with one second. What it writes
 * goes to the log line by line. It ends with this process; what a crash of this process leaves
 * behind is ended by the next start (pidfile.h). No shell, an environment of its own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct supervisor;

/* `name` stands in log lines and names the pid file in the folder `run_dir`; both are copied. What
 * a former run left behind under that name is ended. NULL = no memory. */
struct supervisor *supervisor_new(uv_loop_t *loop, const char *name, const char *run_dir);

/* The program is to run with these arguments (NULL-terminated, copied; argv[0] is looked up in the
 * system's folders), `fd` as its CHILD_FD (-1 = none; borrowed until supervisor_halt() or
 * _close()). When it runs so already, nothing happens; when it runs with other arguments it is
 * ended first. 0 or -ENOMEM. */
int supervisor_run(struct supervisor *service, const char *const *argv, int fd);

/* What the program reads at its start has changed: it is ended and started again. No effect when it
 * is not to run. */
void supervisor_renew(struct supervisor *service);

/* The program is not to run any more: SIGTERM, and SIGKILL two seconds later. */
void supervisor_halt(struct supervisor *service);

/* Has `off` called whenever a program that was halted has ended: from the loop, or by
 * supervisor_halt() where none ran. */
void supervisor_tell(struct supervisor *service, void (*off)(void *ctx), void *ctx);

/* Lines of the program that `is_chatter` takes (not NUL-terminated) are of the level DEBUG: what it
 * says of every start, which is nobody's news. */
void supervisor_quiet(
    struct supervisor *service, bool (*is_chatter)(const char *line, size_t bytes));

/* A signal to the program, if it runs. */
void supervisor_signal(struct supervisor *service, int number);

/* True while the program runs. */
bool supervisor_runs(const struct supervisor *service);
/* How often it ended by itself. */
uint64_t supervisor_failures(const struct supervisor *service);

/* Halts, and frees once the program has ended. NULL is nothing. */
void supervisor_close(struct supervisor *service);

/* Milliseconds until the next start of a program that lived for `lived_msec` and had waited
 * `before_msec` for its last start (0 = not at all). */
uint64_t supervisor_delay(uint64_t before_msec, int64_t lived_msec);
