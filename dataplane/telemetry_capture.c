/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Telemetry: captures. The socket is the owner's alone, as the folder of the captures is. */
#include <errno.h>
#include <rte_telemetry.h>

#include "dataplane/capture.h"
#include "dataplane/capture_request.h"
#include "dataplane/telemetry.h"

int telemetry_capture(const struct telemetry *t, const char *params, struct rte_tel_data *d)
{
	static const char *const states[] = {"off", "running", "ending"};
	const struct capture *c = t->capture;

	if (params[0])
		return -EINVAL;
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "state", states[c->state]);
	rte_tel_data_add_dict_string(d, "folder", c->dir ? c->dir : "none was given");
	if (c->serial == 0)
		return 0;
	rte_tel_data_add_dict_string(d, "file", c->file.path);
	rte_tel_data_add_dict_u64(d, "packets", c->packets);
	rte_tel_data_add_dict_u64(d, "bytes", c->file.bytes);
	rte_tel_data_add_dict_u64(d, "lost", c->lost);
	if (c->ended)
		rte_tel_data_add_dict_string(d, "ended", c->ended);
	return 0;
}

int telemetry_capture_start(const struct telemetry *t, const char *params, struct rte_tel_data *d)
{
	struct capture_request request;
	const char *why;
	int rc = capture_request_parse(params, t->ports, t->port_count, &request, &why);

	if (rc == 0) {
		rc = capture_start(t->capture, &request, mono_now());
		if (rc < 0)
			why = capture_refusal(t->capture, rc);
	}
	if (rc == 0)
		return telemetry_capture(t, "", d);
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "error", why);
	return 0;
}

int telemetry_capture_stop(const struct telemetry *t, const char *params, struct rte_tel_data *d)
{
	if (params[0])
		return -EINVAL;
	capture_stop(t->capture, "stopped");
	return telemetry_capture(t, "", d);
}
