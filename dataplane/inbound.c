/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inbound ESP, the first half: SPI to SA by index, lengths, replay check, decryption in the lanes
 * (RFC 4303 section 3.4). Nothing of the SA moves before the ICV was found right. An SA that is at
 * home at another worker is that one's to look at. */
#include "dataplane/inbound.h"

#include "dataplane/inbound_accept.h"
#include "dataplane/inbound_sa.h"
#include "dataplane/pkt/esp_decap.h"
#include "dataplane/worker.h"

/* Packets in a row, about to be jobs, with one SPI to one IPv4 address. What is constant is so
 * until the lanes have given something back, which may be in the midst of them where a fan begins:
 * a window that is further by then decides when they come out. */
struct job_run {
	struct sa *sa; /* NULL: there was none */
	bool alive;    /* no hard limit was reached when it was looked up */
	bool fan;      /* decrypted by several workers, or was just now */
	/* Of ordinary packets, as they come. */
	uint32_t spi_be; /* 0: none are ordinary */
	uint32_t local4;
	uint32_t around_bytes, bytes_min, block_mask;
	bool esn;
	uint64_t top; /* of the window; 0: numbers are not checked against it */
};

static void turn_to_sa(struct worker *w, const struct rte_mbuf *m, const struct packet_meta *meta,
    uint32_t spi, struct job_run *run)
{
	*run = (struct job_run){.sa = inbound_find_sa(w->snapshot, m, meta->family, spi)};
	run->alive = run->sa && sa_alive(run->sa, w->now);
}

/* Who may help with it; nobody while it moves, or while others of this worker are about to leave,
 * which do so when its queue is empty. */
static uint32_t fan_helpers(const struct sa *sa, const struct worker *w)
{
	if (w->handover.leaving ||
	    atomic_load_explicit(&sa->run->place, memory_order_relaxed) != w->place)
		return 0;
	return atomic_load_explicit(&sa->run->fan, memory_order_relaxed);
}

/* Of an SA that is at home here: the window is nobody else's. */
static void expect_more(
    const struct worker *w, const struct packet_meta *meta, uint32_t spi, struct job_run *run)
{
	const struct sa *sa = run->sa;

	run->fan = fan_helpers(sa, w) || fan_holds(&w->fan, sa->run->fan_end);
	if (!run->fan)
		sa->run->fan_only = false;
	if (!run->alive || meta->family != IP_FAMILY_V4)
		return;
	run->spi_be = rte_cpu_to_be_32(spi);
	run->local4 = meta->addr4;
	run->around_bytes = esp_decap_around(&sa->decap);
	run->bytes_min = run->around_bytes + sa->decap.block_bytes;
	run->block_mask = sa->decap.block_bytes - 1u;
	run->esn = sa->run->replay.esn;
	run->top = sa->replay_check ? sa->run->replay.top : 0;
}

/* Lengths and replay window, before the crypto; fills the job, and the number it is told by. */
static enum pkt_verdict check(const struct sa *sa, struct packet_meta *meta, struct esp_job *job)
{
	const struct replay *replay = &sa->run->replay;
	enum pkt_verdict verdict = esp_decap_check(&sa->decap, meta->esp_bytes, &job->cipher_bytes);

	if (verdict != PKT_OK)
		return verdict;
	meta->sequence = replay_infer(replay, esp_sequence(job->esp));
	job->sequence_high = (uint32_t)(meta->sequence >> 32);
	return sa->replay_check || meta->sequence == 0 ? replay_check(replay, meta->sequence)
						       : PKT_OK;
}

/* Any packet becomes a job. False: it was dropped, or is another worker's. */
static bool prepare(struct worker *w, struct rte_mbuf *m, struct job_run *run, struct esp_job *job)
{
	struct packet_meta *meta = packet_meta(m);
	uint32_t spi = 0;
	enum pkt_verdict verdict;

	job->esp = rte_pktmbuf_mtod_offset(m, uint8_t *, meta->esp_offset);
	job->user = m;
	verdict = esp_read_spi(job->esp, meta->esp_bytes, &spi);
	if (verdict != PKT_OK) {
		worker_drop(w, m, (enum drop_reason)verdict);
		return false;
	}
	turn_to_sa(w, m, meta, spi, run);
	if (!run->sa) {
		worker_drop(w, m, DROP_NOSA);
		return false;
	}
	if (atomic_load_explicit(&run->sa->run->place, memory_order_acquire) != w->place &&
	    !handover_stays(w, m, run->sa->run))
		return false;
	expect_more(w, meta, spi, run);
	verdict = run->alive ? check(run->sa, meta, job) : (enum pkt_verdict)DROP_SA_ENDED;
	if (verdict != PKT_OK) {
		inbound_drop(w, m, run->sa, (enum drop_reason)verdict);
		return false;
	}
	job->key = &run->sa->key;
	meta->sa = run->sa;
	return true;
}

/* The same for a packet of the SA before that is newer than all that came, or need not be; nearly
 * all are. False: nothing was done, prepare() is to look at it. */
static inline bool prepare_plain(
    const struct worker *w, struct rte_mbuf *m, const struct job_run *run, struct esp_job *job)
{
	struct packet_meta *meta = packet_meta(m);
	uint8_t *esp = rte_pktmbuf_mtod_offset(m, uint8_t *, meta->esp_offset);
	uint32_t cipher_bytes = meta->esp_bytes - run->around_bytes, spi_be;
	uint64_t sequence;

	if (unlikely(!run->spi_be || meta->esp_bytes < run->bytes_min))
		return false;
	memcpy(&spi_be, esp, sizeof(spi_be));
	if (unlikely(spi_be != run->spi_be || meta->family != IP_FAMILY_V4 ||
		     meta->addr4 != run->local4 || (cipher_bytes & run->block_mask) ||
		     atomic_load_explicit(&run->sa->run->place, memory_order_acquire) != w->place))
		return false;
	sequence = esp_sequence(esp);
	if (run->esn)
		sequence = replay_infer(&run->sa->run->replay, (uint32_t)sequence);
	if (unlikely(sequence <= run->top))
		return false;
	meta->sequence = sequence;
	meta->sa = run->sa;
	*job = (struct esp_job){
	    .esp = esp,
	    .key = &run->sa->key,
	    .user = m,
	    .cipher_bytes = cipher_bytes,
	    .sequence_high = (uint32_t)(sequence >> 32),
	};
	return true;
}

static void submit(struct worker *w, unsigned jobs)
{
	struct lanes *lanes = &w->decrypt;

	inbound_accept(
	    w, lanes->done, esp_crypto_submit(lanes->crypto, lanes->job, jobs, lanes->done));
}

static void empty_lanes(struct worker *w)
{
	struct lanes *lanes = &w->decrypt;
	unsigned n;

	while ((n = esp_crypto_flush(lanes->crypto, lanes->done, ESP_CRYPTO_DONE_MAX)) > 0)
		inbound_accept(w, lanes->done, n);
}

/* The first packet of an SA that goes by the queue, with its job behind `jobs` others: those of the
 * SA that went without are finished, or they would come after it. Returns where its job is now. */
static unsigned begin_fan(struct worker *w, struct sa_run *run, unsigned jobs)
{
	struct esp_job job = w->decrypt.job[jobs];

	submit(w, jobs);
	empty_lanes(w);
	w->decrypt.job[0] = job;
	run->fan_only = true;
	return 0;
}

void inbound_submit(struct worker *w)
{
	struct inbound *in = &w->inbound;
	struct lanes *lanes = &w->decrypt;
	struct job_run run = {0};
	unsigned jobs = 0;

	for (unsigned i = 0; i < in->count; i++) {
		struct rte_mbuf *m = in->packet[i];
		struct esp_job *job = &lanes->job[jobs];

		if (unlikely(!prepare_plain(w, m, &run, job) && !prepare(w, m, &run, job)))
			continue;
		if (unlikely(run.fan)) {
			if (unlikely(!run.sa->run->fan_only))
				jobs = begin_fan(w, run.sa->run, jobs);
			if (!fan_add(w, m, run.sa, fan_helpers(run.sa, w)))
				continue;
		}
		jobs++;
	}
	in->count = 0;
	if (jobs)
		submit(w, jobs);
}

void inbound_flush(struct worker *w)
{
	inbound_submit(w);
	empty_lanes(w);
}
