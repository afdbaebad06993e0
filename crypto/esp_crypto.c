/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A context over one IPsec-MB manager: bursts in, finished jobs out, lanes left full between
 * bursts.
 *
 * The manager keeps submitted jobs in a ring of 256 and miscounts that ring while it is wrapped
 * (releases before 1.4: a negative byte offset is divided by an unsigned size), so that its flush
 * hands back jobs that are not in flight and its get-next comes up short. Therefore the count here
 * is the one that is believed: never more than ESP_CRYPTO_IN_FLIGHT_MAX jobs in flight (a ring that
 * is exactly full is mistaken for an empty one before 1.5), never a flush of more than are in
 * flight, and where get-next is short the oldest jobs are finished until it is not.
 *
 * No allocation, lock or system call after esp_crypto_new(). */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/shm_abi.h"
#include "crypto/esp_internal.h"

_Static_assert(ESP_CRYPTO_BURST_MAX <= IMB_MAX_BURST_SIZE, "bursts of the library");
_Static_assert(ESP_CRYPTO_IN_FLIGHT_MAX < IMB_MAX_JOBS, "the ring is never exactly full");

static int init_manager(IMB_MGR *mgr, enum esp_arch arch)
{
	static const uint64_t needed[] = {
	    [ESP_ARCH_AUTO] = IMB_CPUFLAGS_SSE,
	    [ESP_ARCH_SSE] = IMB_CPUFLAGS_SSE,
	    [ESP_ARCH_AVX2] = IMB_CPUFLAGS_AVX2,
	    [ESP_ARCH_AVX512] = IMB_CPUFLAGS_AVX512,
	};

	if (arch < ESP_ARCH_AUTO || arch > ESP_ARCH_AVX512)
		return -EINVAL;
	if ((mgr->features & needed[arch]) != needed[arch])
		return -ENOTSUP;
	switch (arch) {
	case ESP_ARCH_AUTO: init_mb_mgr_auto(mgr, NULL); break;
	case ESP_ARCH_SSE: init_mb_mgr_sse(mgr); break;
	case ESP_ARCH_AVX2: init_mb_mgr_avx2(mgr); break;
	case ESP_ARCH_AVX512: init_mb_mgr_avx512(mgr); break;
	}
	return imb_get_errno(mgr) ? -EIO : 0;
}

int esp_crypto_new(struct esp_crypto **out, enum esp_direction direction, enum esp_arch arch)
{
	struct esp_crypto *ctx = aligned_alloc(64, sizeof(*ctx));
	int err;

	*out = NULL;
	if (!ctx)
		return -ENOMEM;
	memset(ctx, 0, sizeof(*ctx));
	ctx->direction = direction;
	ctx->mgr = alloc_mb_mgr(0);
	err = ctx->mgr ? init_manager(ctx->mgr, arch) : -ENOMEM;
	if (err) {
		esp_crypto_free(ctx);
		return err;
	}
	if (direction == ESP_ENCRYPT) {
		ctx->gcm_run[2] = ctx->mgr->gcm128_enc;
		ctx->gcm_run[3] = ctx->mgr->gcm192_enc;
		ctx->gcm_run[4] = ctx->mgr->gcm256_enc;
	} else {
		ctx->gcm_run[2] = ctx->mgr->gcm128_dec;
		ctx->gcm_run[3] = ctx->mgr->gcm192_dec;
		ctx->gcm_run[4] = ctx->mgr->gcm256_dec;
	}
	*out = ctx;
	return 0;
}

void esp_crypto_free(struct esp_crypto *ctx)
{
	if (!ctx)
		return;
	if (ctx->mgr)
		free_mb_mgr(ctx->mgr);
	free(ctx);
}

static bool has(const IMB_MGR *mgr, uint64_t flags)
{
	return (mgr->features & flags) == flags;
}

const char *esp_crypto_arch_name(const struct esp_crypto *ctx)
{
	const IMB_MGR *mgr = ctx->mgr;

	switch (mgr->used_arch) {
	case IMB_ARCH_SSE:
		return has(mgr, IMB_CPUFLAGS_SSE_T3)   ? "SSE type 3"
		       : has(mgr, IMB_CPUFLAGS_SSE_T2) ? "SSE type 2"
						       : "SSE type 1";
	case IMB_ARCH_AVX: return has(mgr, IMB_CPUFLAGS_AVX_T2) ? "AVX type 2" : "AVX type 1";
	case IMB_ARCH_AVX2: return has(mgr, IMB_CPUFLAGS_AVX2_T2) ? "AVX2 type 2" : "AVX2 type 1";
	case IMB_ARCH_AVX512:
		return has(mgr, IMB_CPUFLAGS_AVX512_T2) ? "AVX512 type 2" : "AVX512 type 1";
	default: return "unknown";
	}
}

unsigned esp_crypto_arch_number(const struct esp_crypto *ctx)
{
	switch (ctx->mgr->used_arch) {
	case IMB_ARCH_SSE: return STATE_ARCH_SSE;
	case IMB_ARCH_AVX: return STATE_ARCH_AVX;
	case IMB_ARCH_AVX2: return STATE_ARCH_AVX2;
	case IMB_ARCH_AVX512: return STATE_ARCH_AVX512;
	default: return STATE_ARCH_UNKNOWN;
	}
}

int esp_arch_parse(const char *name, enum esp_arch *arch)
{
	static const char *const names[] = {
	    [ESP_ARCH_AUTO] = "auto",
	    [ESP_ARCH_SSE] = "sse",
	    [ESP_ARCH_AVX2] = "avx2",
	    [ESP_ARCH_AVX512] = "avx512",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i])) {
			*arch = (enum esp_arch)i;
			return 0;
		}
	}
	return -EINVAL;
}

unsigned esp_crypto_in_flight(const struct esp_crypto *ctx)
{
	return ctx->in_flight;
}

/* Hands `count` jobs that are back to the caller, each in its turn; returns how many were due. */
static unsigned hand_back(struct esp_crypto *ctx, const struct esp_done *back, unsigned count,
    struct esp_done *done, unsigned max)
{
	unsigned due;

	esp_order_take(&ctx->order, back, count);
	due = esp_order_give(&ctx->order, done, max);
	ctx->in_flight -= due;
	return due;
}

/* Reports `count` jobs that the manager gave back; returns how many were due, `max` at most. */
static unsigned collect(
    struct esp_crypto *ctx, IMB_JOB *const *mb, unsigned count, struct esp_done *done, unsigned max)
{
	struct esp_done back[ESP_CRYPTO_BURST_MAX];

	if (__builtin_expect(esp_order_needed(&ctx->order), 0)) {
		esp_cbc_hmac_finish(ctx, mb, count, back);
		return hand_back(ctx, back, count, done, max);
	}
	esp_cbc_hmac_finish(ctx, mb, count, done);
	esp_order_skip(&ctx->order, count);
	ctx->in_flight -= count;
	return count;
}

unsigned esp_crypto_flush(struct esp_crypto *ctx, struct esp_done *done, unsigned max)
{
	unsigned total = hand_back(ctx, NULL, 0, done, max);

	while (total < max) {
		IMB_JOB *mb[ESP_CRYPTO_BURST_MAX];
		unsigned want = max - total,
			 in_lanes = ctx->in_flight - esp_order_waiting(&ctx->order);
		unsigned got;

		if (!in_lanes)
			break;
		if (want > in_lanes)
			want = in_lanes;
		if (want > ESP_CRYPTO_BURST_MAX)
			want = ESP_CRYPTO_BURST_MAX;
		got = IMB_FLUSH_BURST(ctx->mgr, want, mb);
		if (!got) {
			/* A miscount of exactly 0; the one-job call does not count. */
			mb[0] = IMB_FLUSH_JOB(ctx->mgr);
			got = mb[0] != NULL;
		}
		if (!got)
			break;
		total += collect(ctx, mb, got, done + total, max - total);
	}
	return total;
}

/* Gives jobs back that the library has no place for. */
static unsigned refuse(struct esp_crypto *ctx, const struct esp_job *jobs, unsigned count,
    struct esp_done *done, unsigned max)
{
	struct esp_done back[ESP_CRYPTO_BURST_MAX];

	for (unsigned i = 0; i < count; i++)
		back[i] = (struct esp_done){jobs[i].user, ESP_STATUS_FAILED};
	ctx->in_flight += count;
	return hand_back(ctx, back, count, done, max);
}

/* Submits jobs of the lanes. Where the ring yields fewer entries than asked for, the burst goes in
 * by parts: finishing jobs before their time would empty the lanes. */
static unsigned submit_to_lanes(
    struct esp_crypto *ctx, const struct esp_job *jobs, unsigned count, struct esp_done *done)
{
	struct esp_job by_size[ESP_CRYPTO_BURST_MAX];
	const unsigned max = ESP_CRYPTO_DONE_MAX;
	unsigned total = 0;

	if (ctx->in_flight + count > ESP_CRYPTO_IN_FLIGHT_MAX)
		total =
		    esp_crypto_flush(ctx, done, ctx->in_flight + count - ESP_CRYPTO_IN_FLIGHT_MAX);
	if (ctx->direction == ESP_ENCRYPT)
		jobs = esp_order_sort(&ctx->order, jobs, count, by_size);
	while (count) {
		IMB_JOB *mb[ESP_CRYPTO_BURST_MAX];
		unsigned n = IMB_GET_NEXT_BURST(ctx->mgr, count, mb);
		unsigned got;

		if (!n) {
			got = esp_crypto_flush(ctx, done + total, count);
			if (!got)
				return total + refuse(ctx, jobs, count, done + total, max - total);
			total += got;
			continue;
		}
		esp_cbc_hmac_fill(ctx, jobs, mb, n);
		ctx->in_flight += n;
		got = IMB_SUBMIT_BURST_NOCHECK(ctx->mgr, n, mb);
		total += collect(ctx, mb, got, done + total, max - total);
		jobs += n;
		count -= n;
	}
	return total;
}

/* Some of the jobs go to the lanes, and others are done at once. */
static unsigned submit_mixed(
    struct esp_crypto *ctx, const struct esp_job *jobs, unsigned count, struct esp_done *done)
{
	struct esp_job lanes[ESP_CRYPTO_BURST_MAX];
	unsigned lane_count = 0, total = 0;

	for (unsigned i = 0; i < count; i++)
		if (jobs[i].key->direct)
			total += esp_gcm_run(ctx, &jobs[i], 1, done + total);
		else
			lanes[lane_count++] = jobs[i];
	return total + submit_to_lanes(ctx, lanes, lane_count, done + total);
}

unsigned esp_crypto_submit(
    struct esp_crypto *ctx, const struct esp_job *jobs, unsigned count, struct esp_done *done)
{
	unsigned at_once = esp_gcm_run(ctx, jobs, count, done), direct = 0;

	assert(count <= ESP_CRYPTO_BURST_MAX);
	jobs += at_once;
	count -= at_once;
	for (unsigned i = 0; i < count; i++)
		direct |= jobs[i].key->direct;
	return at_once + (direct ? submit_mixed(ctx, jobs, count, done + at_once)
				 : submit_to_lanes(ctx, jobs, count, done + at_once));
}
