/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See log_filter.h. Regular expressions are the business of `| grep`, which the client does. */
#include "control/log/log_filter.h"

#include <string.h>
#include <strings.h>

/* Of one subject some lines are the router's to the letter, and the others ours. */
static const char *common_tag(const char *tag)
{
	return strcasecmp(tag, "CLOUD_VPN") == 0 ? "cloud" : tag;
}

bool log_filter_takes(const struct log_filter *filter, const struct log_entry *entry)
{
	char tag[LOG_TAG_BYTES];

	if (filter->levels && !(filter->levels & 1u << entry->level))
		return false;
	if (entry->time_usec < filter->since_usec)
		return false;
	if (filter->tag &&
	    strcasecmp(common_tag(log_tag(entry->line, tag)), common_tag(filter->tag)) != 0)
		return false;
	if (filter->tunnel && log_tunnel(entry->line) != filter->tunnel)
		return false;
	return !filter->text || strcasestr(entry->line, filter->text);
}
