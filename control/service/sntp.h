/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One question for the time and its answer (RFC 4330, a client of NTP version 4). Pure: no socket,
 * no clock. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SNTP_BYTES 48
#define SNTP_PORT  "123"

/* The question. Its transmit timestamp is `nonce` and not our time: the answer has to repeat it,
 * and who did not see the question does not know it. */
void sntp_question(uint64_t nonce, uint8_t out[SNTP_BYTES]);

/* Reads an answer that came at `received` to the question sent at `sent`, both in nanoseconds of
 * our clock since 1970. 0 with the server's clock minus ours; -EAGAIN: not an answer to this
 * question, to be ignored; -EPROTO: the server has no time to give, said in `why`. */
int sntp_answer(const uint8_t *data, size_t bytes, uint64_t nonce, int64_t sent_nsec,
    int64_t received_nsec, int64_t *offset_nsec, const char **why);
