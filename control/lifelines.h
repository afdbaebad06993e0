/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the router's own filters take away from itself: IKE and ESP of a tunnel, the answers of
 * AWS. Pure: by the model, as the tables and the ruleset are made of it. */
#pragma once

#include "control/agent.h"
#include "control/config/model.h"

/* How the encrypted packets of a tunnel travel. */
enum lifelines_esp { LIFELINES_ESP_UNKNOWN, LIFELINES_ESP_PLAIN, LIFELINES_ESP_IN_UDP };

struct lifelines {
	const struct config_model *model;
	uint32_t tunnel;              /* 0 = HTTPS of the cloud settings */
	uint32_t lan;                 /* the port that the way to `remote` leads through */
	struct ip_addr local, remote; /* IPv4, as the filters of the port see them */
	bool kernel;                  /* the kernel judges there, which alone follows connections */
	enum lifelines_esp esp;
};

/* At most what is written: a filter for each protocol, and both ways. */
#define LIFELINES_SHUT (2 * AGENT_LIFELINE_KINDS)

/* What is dropped, one entry for all that the same filter of the same list drops; returns how
 * many. While nobody knows how ESP travels, it is dropped where no way is left to it. */
size_t lifelines_shut(const struct lifelines *l, struct agent_shut out[LIFELINES_SHUT]);
