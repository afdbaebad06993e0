/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What AWS charges: `cloud vpn price`, `cloud vpn currency`, and the prices that are known without
 * them. Amounts are whole millionths: nothing is rounded before it is shown. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/set.h"

/* Asia Pacific (Tokyo): AWS VPN and EC2 on-demand pricing. */
static const struct config_price tokyo = {
    .region = "ap-northeast-1",
    .hour = 48000,
    .tier_count = 4,
    .tier = {{0, 114000}, {10, 89000}, {50, 86000}, {150, 84000}},
};

const struct config_price *config_price_of(const struct config_model *model, const char *region)
{
	for (uint32_t i = 0; i < model->price_count; i++)
		if (strcmp(model->price[i].region, region) == 0)
			return &model->price[i];
	return strcmp(region, tokyo.region) == 0 ? &tokyo : NULL;
}

/* "0.0045" in millionths: at most six digits behind the point, `most` in front of it. */
static bool millionths(const char *text, unsigned most, uint64_t *out)
{
	size_t whole = strspn(text, "0123456789"), part = 0;
	uint64_t value = 0;

	if (text[whole] == '.')
		part = strspn(text + whole + 1, "0123456789");
	if (whole < 1 || whole > most || part > 6 || (text[whole] == '.' && !part) ||
	    text[whole + (part ? part + 1 : 0)])
		return false;
	for (size_t i = 0; i < whole; i++)
		value = value * 10 + (uint64_t)(text[i] - '0');
	for (size_t i = 0; i < 6; i++)
		value = value * 10 + (i < part ? (uint64_t)(text[whole + 1 + i] - '0') : 0);
	*out = value;
	return true;
}

/* The first is a price, the others TB=PRICE, each of more TB than the one before. */
static bool read_tier(struct config_price *price, const char *text)
{
	const char *sign = strchr(text, '=');
	uint32_t n = price->tier_count;
	char *end;
	unsigned long tb = 0;
	uint64_t amount;

	if (n == CONFIG_PRICE_TIERS || (n == 0) != (sign == NULL))
		return false;
	if (sign) {
		tb = isdigit((unsigned char)text[0]) ? strtoul(text, &end, 10) : 0;
		if (tb == 0 || end != sign || tb > 1000000 || tb <= price->tier[n - 1].past_tb)
			return false;
	}
	if (!millionths(sign ? sign + 1 : text, 3, &amount))
		return false;
	price->tier[n].past_tb = (uint32_t)tb;
	price->tier[n].gb = (uint32_t)amount;
	price->tier_count++;
	return true;
}

int set_cloud_price(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_price *price = &model->price[model->price_count];
	const struct value *value;
	uint64_t amount;
	unsigned at = 0;

	memset(price, 0, sizeof(*price));
	(void)snprintf(price->region, sizeof(price->region), "%s", args_text(args, "region"));
	if (!millionths(args_text(args, "hour"), 3, &amount))
		return set_refuse(error, error_bytes, "that is no amount in dollars, as in 0.048");
	price->hour = (uint32_t)amount;
	while ((value = args_next(args, "gb", &at)))
		if (!read_tier(price, args->store + value->text))
			return set_refuse(error, error_bytes,
			    "prices of a GB are 0.114, then 10=0.089 for what is past 10 TB, and "
			    "so on");
	model->price_count++;
	return 0;
}

int set_cloud_currency(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	const char *name = args_text(args, "currency");

	if (strlen(name) != 3 || strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		return set_refuse(error, error_bytes, "a currency is three letters, as in JPY");
	if (!millionths(args_text(args, "rate"), 6, &model->currency_rate) || !model->currency_rate)
		return set_refuse(
		    error, error_bytes, "that is not how much of it a dollar is, as in 145.2");
	memcpy(model->currency, name, 4);
	return 0;
}
