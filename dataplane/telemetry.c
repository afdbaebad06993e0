/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The commands and the way of a question: a telemetry thread of DPDK's hands it to the gate and
 * sleeps; the housekeeping thread looks its command up and fills in the answer. */
#include "dataplane/telemetry.h"

#include <errno.h>
#include <rte_telemetry.h>
#include <stddef.h>
#include <string.h>

#define WAIT_MSEC 5000 /* a million routes take the housekeeping thread a second */

struct question {
	const char *command, *params;
	struct rte_tel_data *data;
};

static const struct {
	const char *command, *help;
	telemetry_fn *answer;
} commands[] = {
    {"/cgw/status", "State and totals.", telemetry_status},
    {"/cgw/drops", "Dropped packets by reason.", telemetry_drops},
    {"/cgw/ports", "Ports and their counters.", telemetry_ports},
    {"/cgw/workers", "Counters of each worker.", telemetry_workers},
    {"/cgw/tunnels", "Slots in use. Parameter: a slot, for its tunnel; or N-, for slots from N.",
	telemetry_tunnels},
    {"/cgw/sas", "Slots in use. Parameter: a slot, for its SA; or N-, for slots from N.",
	telemetry_sas},
    {"/cgw/routes", "Numbers of routes. Parameter: an address, for where it leads.",
	telemetry_routes},
    {"/cgw/memory", "Bytes, in all and for each tunnel, SA and route; packet buffers.", telemetry_memory},
    {"/cgw/capture", "The capture, as it stands.", telemetry_capture},
    {"/cgw/capture_start",
	"Parameters: what=outer+inner+drops, port=NAME or tunnel=SLOT, snap=BYTES, packets=N, "
	"bytes=N, seconds=N.",
	telemetry_capture_start},
    {"/cgw/capture_stop", "Ends the capture.", telemetry_capture_stop},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* DPDK's callbacks are given no context. */
static struct telemetry *the;

static int ask(const char *command, const char *params, struct rte_tel_data *data)
{
	struct question question = {
	    .command = command, .params = params ? params : "", .data = data};

	return telemetry_gate_ask(&the->gate, &question, WAIT_MSEC);
}

static int answer(void *ctx, void *asked)
{
	const struct question *question = asked;

	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].command, question->command))
			return commands[i].answer(ctx, question->params, question->data);
	return -ENOENT;
}

int telemetry_start(struct telemetry *t)
{
	bool again = the != NULL;
	int rc = 0;

	telemetry_gate_open(&t->gate);
	the = t;
	for (size_t i = 0; i < COMMANDS && !again && rc == 0; i++)
		rc = rte_telemetry_register_cmd(commands[i].command, ask, commands[i].help);
	return rc;
}

void telemetry_stop(struct telemetry *t)
{
	if (the == t)
		telemetry_gate_close(&t->gate);
}

void telemetry_tick(struct telemetry *t)
{
	telemetry_gate_serve(&t->gate, answer, t);
}
