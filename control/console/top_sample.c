/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reads the answers by their schemas (docs/schema). A member that is missing or of another type
 * counts as nothing: an older or newer server is shown as far as it is understood. */
#include "control/console/top_sample.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t number(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value > 0 ? (uint64_t)value : 0;
}

static bool is_set(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

/* Copies a text, without control characters and with its last character whole. */
static void copy_text(const json_t *object, const char *key, char *out, size_t room)
{
	const char *text = json_string_value(json_object_get(object, key));
	size_t bytes = 0;

	for (; text && text[bytes] && bytes + 1 < room; bytes++)
		out[bytes] =
		    (unsigned char)text[bytes] < 0x20 || text[bytes] == 0x7f ? ' ' : text[bytes];
	if (text && text[bytes])
		while (bytes && ((unsigned char)text[bytes] & 0xc0) == 0x80)
			bytes--;
	out[bytes] = '\0';
}

/* "2026-01-01T12:00:00Z"; 0 = null, or no such time. */
static int64_t instant(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	struct tm utc = {0};
	const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc) : NULL;

	return end && !*end ? (int64_t)timegm(&utc) : 0;
}

static void take_dataplane(struct top_sample *sample, const json_t *answer)
{
	const json_t *totals = json_object_get(answer, "totals"), *item;
	size_t i;

	sample->running = is_set(answer, "running");
	sample->received = number(totals, "received");
	sample->transmitted = number(totals, "transmitted");
	sample->to_kernel = number(totals, "to_kernel");
	sample->dropped = number(totals, "dropped");
	sample->drops = sample->ports = 0;
	json_array_foreach(json_object_get(answer, "drops"), i, item)
	{
		struct top_drop *drop = &sample->drop[sample->drops];

		if (sample->drops == TOP_DROPS)
			break;
		sample->drops++;
		copy_text(item, "reason", drop->reason, sizeof(drop->reason));
		drop->packets = number(item, "packets");
	}
	json_array_foreach(json_object_get(answer, "ports"), i, item)
	{
		const json_t *in = json_object_get(item, "received");
		const json_t *out = json_object_get(item, "transmitted");
		struct top_port *port = &sample->port[sample->ports];

		if (sample->ports == TOP_PORTS)
			break;
		sample->ports++;
		copy_text(item, "name", port->name, sizeof(port->name));
		port->up = is_set(item, "up");
		port->count = (struct top_counters){number(in, "packets"), number(in, "bytes"),
		    number(out, "packets"), number(out, "bytes")};
	}
}

static void add_family(struct top_counters *count, const json_t *tunnel, const char *family)
{
	const json_t *in = json_object_get(json_object_get(tunnel, "received"), family);
	const json_t *out = json_object_get(json_object_get(tunnel, "transmitted"), family);

	count->in_packets += number(in, "packets");
	count->in_bytes += number(in, "bytes");
	count->out_packets += number(out, "packets");
	count->out_bytes += number(out, "bytes");
}

static void take_tunnels(struct top_sample *sample, const json_t *answer)
{
	const json_t *item;
	size_t i;

	sample->tunnels = sample->tunnels_up = 0;
	json_array_foreach(json_object_get(answer, "tunnels"), i, item)
	{
		const json_t *ike = json_object_get(item, "ike");
		struct top_tunnel *tunnel = &sample->tunnel[sample->tunnels];

		if (sample->tunnels == TOP_TUNNELS)
			break;
		sample->tunnels++;
		*tunnel = (struct top_tunnel){.number = (uint32_t)number(item, "number"),
		    .up = is_set(item, "up"),
		    .since_unix = instant(item, "since"),
		    .rekeys = number(ike, "rekeys_phase1") + number(ike, "rekeys_phase2")};
		sample->tunnels_up += tunnel->up;
		add_family(&tunnel->count, item, "ipv4");
		add_family(&tunnel->count, item, "ipv6");
		copy_text(item, "description", tunnel->about, sizeof(tunnel->about));
		if (!tunnel->up && json_is_string(json_object_get(item, "reason")))
			copy_text(item, "reason", tunnel->about, sizeof(tunnel->about));
	}
}

static void take_neighbors(struct top_sample *sample, const json_t *answer)
{
	const json_t *item;
	size_t i;

	sample->sessions = sample->sessions_up = 0;
	json_array_foreach(json_object_get(answer, "neighbors"), i, item)
	{
		const char *state = json_string_value(json_object_get(item, "state"));

		sample->sessions++;
		sample->sessions_up += state && strcmp(state, "Established") == 0;
	}
}

bool top_take(struct top_sample *sample, const char *json, size_t bytes)
{
	static const struct {
		const char *schema;
		void (*take)(struct top_sample *sample, const json_t *answer);
	} known[] = {{"show-status-dataplane/1", take_dataplane},
	    {"show-status-tunnel/1", take_tunnels}, {"show-status-bgp-neighbor/1", take_neighbors}};
	json_t *answer = json_loadb(json, bytes, 0, NULL);
	const char *schema = json_string_value(json_object_get(answer, "schema"));
	bool taken = false;

	for (size_t i = 0; schema && !taken && i < sizeof(known) / sizeof(known[0]); i++) {
		taken = strcmp(schema, known[i].schema) == 0;
		if (!taken)
			continue;
		sample->time_unix = instant(answer, "time");
		known[i].take(sample, answer);
	}
	json_decref(answer);
	return taken;
}
