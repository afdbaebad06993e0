/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The assignment of queues to workers, once at the start. It looks at numbers of queues only: that
 * a device is on the socket of the worker that polls it is the concern of whoever chose lcores. */
#include "dataplane/queues.h"

#include <string.h>

#include "dataplane/port.h"

void queues_assign(
    const struct port *ports, unsigned port_count, unsigned workers, struct queues *queues)
{
	unsigned next = 0;

	memset(queues, 0, workers * sizeof(*queues));
	for (unsigned i = 0; i < port_count; i++) {
		unsigned senders = ports[i].tx_queues < workers ? ports[i].tx_queues : workers;

		for (unsigned q = 0; q < ports[i].rx_queues; q++) {
			struct queues *to = &queues[(next + q) % workers];

			to->rx[to->rx_count++] =
			    (struct queue_rx){.port = (uint8_t)i, .queue = (uint16_t)q};
		}
		for (unsigned w = 0; w < workers; w++) {
			unsigned queue = w % senders;

			/* The same worker that receives by a single queue also sends by it. */
			queues[(next + w) % workers].tx[i] =
			    (struct queue_tx){.worker = (uint8_t)((next + queue) % workers),
				.queue = (uint16_t)queue};
		}
		next += ports[i].rx_queues;
	}
}
