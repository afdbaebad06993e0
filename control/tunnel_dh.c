/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Diffie-Hellman on the thread pool: up to a second of computing that the loop must not wait for.
 *
 * A job owns copies of all it needs; it names its tunnel by instance, since the tunnel may be gone
 * or another one by the time it ends. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/sys/rand.h"
#include "control/tunnel.h"

struct dh_job {
	uv_work_t work;
	struct agent *agent;
	uint64_t instance;
	const struct ike_peer
	    *peer; /* compared, never followed: a restarted peer has its own ids */
	uint32_t id;
	enum ike_dh_op op;
	enum ike_group group;
	uint8_t secret_in[IKE_DH_BYTES], peer_pub[IKE_DH_BYTES];
	size_t secret_in_bytes, peer_pub_bytes;
	int error;
	uint8_t secret[IKE_DH_BYTES], pub[IKE_DH_BYTES];
	size_t secret_bytes, pub_bytes;
};

static void compute(uv_work_t *work)
{
	struct dh_job *job = work->data;

	job->error = ike_dh_compute(job->op, job->group, job->secret_in, job->secret_in_bytes,
	    job->peer_pub, job->peer_pub_bytes, rand_bytes, NULL, job->secret, &job->secret_bytes,
	    job->pub, &job->pub_bytes);
}

static void computed(uv_work_t *work, int status)
{
	struct dh_job *job = work->data;
	struct tunnel *tunnel = tunnel_by_instance(job->agent, job->instance);

	if (tunnel && tunnel->peer && tunnel->peer == job->peer) {
		struct ike_event event = {
		    .type = IKE_EV_DH_DONE,
		    .dh =
			{
			    .id = job->id,
			    .error = status ? status : job->error,
			    .secret = job->secret,
			    .pub = job->pub,
			    .secret_bytes = job->secret_bytes,
			    .pub_bytes = job->pub_bytes,
			},
		};

		tunnel_event(tunnel, &event);
	}
	secret_wipe(job, sizeof(*job));
	free(job);
}

int tunnel_dh_start(struct tunnel *tunnel, const struct ike_action *action)
{
	struct dh_job *job = calloc(1, sizeof(*job));
	int rc;

	if (!job)
		return -ENOMEM;
	job->work.data = job;
	job->agent = tunnel->agent;
	job->instance = tunnel->instance;
	job->peer = tunnel->peer;
	job->id = action->u.dh.id;
	job->op = action->u.dh.op;
	job->group = action->u.dh.group;
	job->secret_in_bytes = action->u.dh.secret_bytes;
	job->peer_pub_bytes = action->u.dh.peer_pub_bytes;
	memcpy(job->secret_in, action->u.dh.secret, job->secret_in_bytes);
	memcpy(job->peer_pub, action->u.dh.peer_pub, job->peer_pub_bytes);
	rc = uv_queue_work(tunnel->agent->loop, &job->work, compute, computed);
	if (rc) {
		secret_wipe(job, sizeof(*job));
		free(job);
	}
	return rc;
}
