/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Of RFC 4330 section 5: what a client sends and which answers it takes. Authentication, and what
 * stands behind the first 48 bytes, is not looked at. */
#include "control/service/sntp.h"

#include <errno.h>
#include <string.h>

#define NSEC 1000000000ll

#define MODE_CLIENT    3
#define MODE_SERVER    4
#define VERSION        4
#define UNSYNCHRONISED 3 /* leap indicator */
#define STRATUM_MAX    15

#define AT_STRATUM   1
#define AT_ORIGINATE 24
#define AT_RECEIVE   32
#define AT_TRANSMIT  40

#define EPOCH_1900 2208988800ll /* seconds from 1900 to 1970 */
#define ERA        (1ll << 32)  /* seconds of one */

static uint64_t get64(const uint8_t *at)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value = value << 8 | at[i];
	return value;
}

/* Seconds with the highest bit are of the era that began in 1900, others of that of 2036. */
static int64_t to_unix_nsec(uint64_t timestamp)
{
	int64_t seconds = (int64_t)(timestamp >> 32);
	uint64_t fraction = timestamp & UINT32_MAX;

	if (!(timestamp >> 63))
		seconds += ERA;
	return (seconds - EPOCH_1900) * NSEC + (int64_t)(fraction * (uint64_t)NSEC >> 32);
}

void sntp_question(uint64_t nonce, uint8_t out[SNTP_BYTES])
{
	memset(out, 0, SNTP_BYTES);
	out[0] = VERSION << 3 | MODE_CLIENT;
	for (unsigned i = 0; i < 8; i++)
		out[AT_TRANSMIT + i] = (uint8_t)(nonce >> (56 - 8 * i));
}

int sntp_answer(const uint8_t *data, size_t bytes, uint64_t nonce, int64_t sent_nsec,
    int64_t received_nsec, int64_t *offset_nsec, const char **why)
{
	int64_t there, back;

	*why = NULL;
	if (bytes < SNTP_BYTES || (data[0] & 7) != MODE_SERVER ||
	    get64(data + AT_ORIGINATE) != nonce)
		return -EAGAIN;
	if (data[AT_STRATUM] == 0)
		*why = "the server refuses (kiss of death)";
	else if (data[0] >> 6 == UNSYNCHRONISED || data[AT_STRATUM] > STRATUM_MAX)
		*why = "the server's own clock is not set";
	else if (get64(data + AT_RECEIVE) == 0 || get64(data + AT_TRANSMIT) == 0)
		*why = "the server gives no time";
	if (*why)
		return -EPROTO;
	there = to_unix_nsec(get64(data + AT_RECEIVE)) - sent_nsec;
	back = to_unix_nsec(get64(data + AT_TRANSMIT)) - received_nsec;
	*offset_nsec = there / 2 + back / 2;
	return 0;
}
