/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Hashes by crypt(3): yescrypt, with the cost the library prefers. Hashes of other methods that the
 * library knows are checked as well. It keeps no password longer than the hash takes. */
#include "control/console/password.h"

#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

#define FREE_ATTEMPTS 3
#define FIRST_WAIT    5
#define LONGEST_WAIT  600

struct job {
	uv_work_t work;
	bool check, done; /* done: the hash was made; check: it is the same */
	char password[PASSWORD_BYTES], hash[PASSWORD_HASH];
	struct crypt_data data;
	password_checked_fn *checked;
	password_hashed_fn *hashed;
	void *ctx;
};

static void compute(struct job *job)
{
	const char *made;

	if (!job->check && !crypt_gensalt_rn("$y$", 0, NULL, 0, job->hash, sizeof(job->hash)))
		return;
	made = crypt_rn(job->password, job->hash, &job->data, sizeof(job->data));
	if (!made || strlen(made) >= sizeof(job->hash))
		return;
	if (job->check)
		job->done = strlen(made) == strlen(job->hash) &&
			    secret_equal(made, job->hash, strlen(made));
	else
		job->done = snprintf(job->hash, sizeof(job->hash), "%s", made) > 0;
}

static void report(struct job *job)
{
	if (job->check)
		job->checked(job->ctx, job->done);
	else
		job->hashed(job->ctx, job->done ? job->hash : NULL);
	secret_wipe(job, sizeof(*job));
	free(job);
}

static void on_work(uv_work_t *work)
{
	compute(work->data);
}

static void after_work(uv_work_t *work, int status)
{
	report(work->data);
}

static int start(uv_loop_t *loop, struct job *job, const char *password)
{
	int rc = 0;

	if (strlen(password) >= sizeof(job->password))
		rc = -EINVAL;
	else
		snprintf(job->password, sizeof(job->password), "%s", password);
	job->work.data = job;
	if (!rc && loop)
		rc = uv_queue_work(loop, &job->work, on_work, after_work);
	if (rc) {
		secret_wipe(job, sizeof(*job));
		free(job);
		return rc;
	}
	if (!loop) {
		compute(job);
		report(job);
	}
	return 0;
}

int password_check(uv_loop_t *loop, const char *password, const char *hash,
    password_checked_fn *checked, void *ctx)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return -ENOMEM;
	job->check = true;
	job->checked = checked;
	job->ctx = ctx;
	snprintf(job->hash, sizeof(job->hash), "%s", hash);
	return start(loop, job, password);
}

int password_hash(uv_loop_t *loop, const char *password, password_hashed_fn *hashed, void *ctx)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return -ENOMEM;
	job->hashed = hashed;
	job->ctx = ctx;
	return start(loop, job, password);
}

/* ---- how often ---------------------------------------------------------------------------------
 */

unsigned password_wait(const struct password_guard *guard, uid_t uid, mono_t now)
{
	for (unsigned i = 0; i < PASSWORD_USERS; i++)
		if (guard->user[i].wrong && guard->user[i].uid == uid &&
		    mono_before(now, guard->user[i].until))
			return (unsigned)((guard->user[i].until.nsec - now.nsec +
					      MONO_NSEC_PER_SEC - 1) /
					  MONO_NSEC_PER_SEC);
	return 0;
}

/* The entry of `uid`, or the one that may try again soonest. */
static unsigned find_user(const struct password_guard *guard, uid_t uid)
{
	unsigned best = 0;

	for (unsigned i = 0; i < PASSWORD_USERS; i++)
		if (guard->user[i].wrong && guard->user[i].uid == uid)
			return i;
	for (unsigned i = 0; i < PASSWORD_USERS && guard->user[best].wrong; i++)
		if (!guard->user[i].wrong ||
		    mono_before(guard->user[i].until, guard->user[best].until))
			best = i;
	return best;
}

void password_counted(struct password_guard *guard, uid_t uid, bool ok, mono_t now)
{
	unsigned i = find_user(guard, uid), wait = FIRST_WAIT;

	if (guard->user[i].uid != uid || !guard->user[i].wrong)
		memset(&guard->user[i], 0, sizeof(guard->user[i]));
	guard->user[i].uid = uid;
	guard->user[i].wrong = ok ? 0 : guard->user[i].wrong + 1;
	if (guard->user[i].wrong < FREE_ATTEMPTS)
		return;
	for (unsigned n = FREE_ATTEMPTS; n < guard->user[i].wrong && wait < LONGEST_WAIT; n++)
		wait *= 2;
	guard->user[i].until = mono_add_sec(now, wait < LONGEST_WAIT ? wait : LONGEST_WAIT);
}
