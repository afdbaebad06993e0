/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Naming the table before it is deleted makes deleting what is not there no error. Connections that
 * are known are the kernel's own table: they outlive a replacement. */
#include "control/service/ruleset.h"

#include <inttypes.h>

#include "control/service/filter_chains.h"
#include "control/service/nat.h"

static void print_ftp(struct text *out)
{
	text_puts(out, "\tct helper ftp {\n\t\ttype \"ftp\" protocol tcp\n\t}\n"
		       "\tchain helpers {\n"
		       "\t\ttype filter hook prerouting priority filter; policy accept;\n"
		       "\t\ttcp dport 21 ct helper set \"ftp\"\n\t}\n");
}

static void print_mss_rules(uint32_t lan, uint32_t limit, struct text *out)
{
	static const char *const side[] = {"iifname", "oifname"};

	for (unsigned i = 0; i < 2; i++) {
		text_printf(
		    out, "\t\t%s \"lan%" PRIu32 "\" tcp flags & (syn | rst) == syn ", side[i], lan);
		if (limit == 1)
			text_puts(out, "tcp option maxseg size set rt mtu\n");
		else
			text_printf(out,
			    "tcp option maxseg size > %" PRIu32
			    " tcp option maxseg size set %" PRIu32 "\n",
			    limit, limit);
	}
}

/* `ip lanN tcp mss limit` of packets that the kernel forwards; those of the fast path are limited
 * there. */
static void print_mss(const struct config_model *model, struct text *out)
{
	text_puts(out, "\tchain mss {\n\t\ttype filter hook forward priority mangle; policy "
		       "accept;\n");
	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		if (model->lan[n].mss_limit && filter_by_kernel(model, false, n))
			print_mss_rules(n, model->lan[n].mss_limit, out);
	text_puts(out, "\t}\n");
}

void ruleset_print_none(struct text *out)
{
	text_puts(out, "table " RULESET_TABLE " {\n}\ndelete table " RULESET_TABLE "\n");
}

void ruleset_print(const struct config_model *model, const struct service_facts *facts,
    bool helpers, struct text *out)
{
	struct text inside = {0};
	bool any;

	ruleset_print_none(out);
	any = nat_print(model, facts, &inside);
	any = filter_chains_print(model, facts, &inside) || any;
	if (any && !inside.bad) {
		text_puts(out, "table " RULESET_TABLE " {\n");
		text_puts(out, inside.data);
		print_mss(model, out);
		if (helpers)
			print_ftp(out);
		text_puts(out, "}\n");
	}
	out->bad |= inside.bad;
	text_free(&inside);
}
