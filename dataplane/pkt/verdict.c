/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names of the verdicts. */
#include "dataplane/pkt/verdict.h"

#define VERDICT_NAME(identifier, name, text) [PKT_DROP_##identifier] = name,

static const char *const names[PKT_VERDICT_COUNT] = {[PKT_OK] = "ok", PKT_VERDICTS(VERDICT_NAME)};

const char *pkt_verdict_name(enum pkt_verdict verdict)
{
	return (unsigned)verdict < PKT_VERDICT_COUNT ? names[verdict] : "unknown";
}
