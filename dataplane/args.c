/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Parsing of the program's own command line; it touches nothing but its arguments. */
#include "dataplane/args.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/shm_map.h"
#include "dataplane/args_table.h"

#define INSTANCE_BYTES_MAX 63

/* What is being read, and where its sentence goes. */
struct reading {
	struct args *args;
	const char *option; /* "burst" */
	char *error;
	unsigned error_bytes;
};

/* -EINVAL after "--OPTION: SENTENCE". */
static int __attribute__((format(printf, 2, 3)))
refuse(const struct reading *r, const char *sentence, ...)
{
	int used = snprintf(r->error, r->error_bytes, "--%s: ", r->option);
	va_list values;

	va_start(values, sentence);
	if (used > 0 && (unsigned)used < r->error_bytes)
		vsnprintf(r->error + used, r->error_bytes - (unsigned)used, sentence, values);
	va_end(values);
	return -EINVAL;
}

static int parse_number(
    const struct reading *r, const char *text, unsigned min, unsigned max, unsigned *out)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end || errno || value < min || value > max)
		return refuse(r, "a number from %u to %u is wanted, not \"%s\"", min, max, text);
	*out = (unsigned)value;
	return 0;
}

static int parse_fan_out(const struct reading *r, const char *text, enum fan_out *out)
{
	static const char *const names[] = {
	    [FAN_OUT_AUTO] = "auto", [FAN_OUT_ALWAYS] = "always", [FAN_OUT_NEVER] = "never"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		*out = (enum fan_out)i;
		return 0;
	}
	return refuse(r, "auto, always or never is wanted, not \"%s\"", text);
}

static int parse_arch(const struct reading *r, const char *text, enum esp_arch *out)
{
	if (esp_arch_parse(text, out) == 0)
		return 0;
	return refuse(r, "auto, sse, avx2 or avx512 is wanted, not \"%s\"", text);
}

/* A name that is safe as a file name and, where `max` says so, as a network interface's. */
static int parse_name(const struct reading *r, const char *name, size_t bytes, size_t max)
{
	bool ok = bytes > 0 && bytes <= max && isalpha((unsigned char)name[0]);

	for (size_t i = 0; i < bytes && ok; i++)
		ok = isalnum((unsigned char)name[i]) || strchr("_-.", name[i]);
	if (ok)
		return 0;
	return refuse(r,
	    "a name is a letter and up to %zu more letters, digits, _ - or . in all; \"%.*s\" is "
	    "none",
	    max - 1, (int)bytes, name);
}

static int add_port(const struct reading *r, const struct args_port *port)
{
	struct args *args = r->args;

	if (args->port_count == PORTS_MAX)
		return refuse(r, "there can be no more than %d ports", PORTS_MAX);
	for (unsigned i = 0; i < args->port_count; i++) {
		if (!strcmp(args->port[i].name, port->name))
			return refuse(r, "there is a port named %s already", port->name);
		if (!strcmp(args->port[i].device, port->device))
			return refuse(r, "%s is the device of port %s already", port->device,
			    args->port[i].name);
	}
	args->port[args->port_count++] = *port;
	return 0;
}

/* NAME=DEVICE[,mtu=N] */
static int parse_port(const struct reading *r, const char *text)
{
	struct args_port port = {0};
	const char *equals = strchr(text, '='), *device = equals ? equals + 1 : "";
	size_t bytes = strcspn(device, ",");
	const char *rest = device + bytes;
	int rc;

	if (!equals || bytes == 0)
		return refuse(r, "NAME=DEVICE is wanted, not \"%s\"", text);
	if (bytes >= ARGS_DEVICE_BYTES)
		return refuse(
		    r, "a device's name has no more than %d letters", ARGS_DEVICE_BYTES - 1);
	rc = parse_name(r, text, (size_t)(equals - text), SHM_NAME_BYTES - 1);
	if (rc == 0 && *rest && strncmp(rest, ",mtu=", 5) != 0)
		rc = refuse(r, "only ,mtu=N may stand behind the device, not \"%s\"", rest);
	if (rc == 0 && *rest)
		rc = parse_number(r, rest + 5, PORT_MTU_MIN, PORT_MTU_MAX, &port.mtu);
	if (rc < 0)
		return rc;
	memcpy(port.name, text, (size_t)(equals - text));
	memcpy(port.device, device, bytes);
	return add_port(r, &port);
}

static int parse_dir(const struct reading *r, const char *text)
{
	r->args->capture_dir = text;
	return text[0] == '/' ? 0
			      : refuse(r, "a path that begins with / is wanted, not \"%s\"", text);
}

static int parse_option(const struct reading *r, int option, const char *value)
{
	struct args *args = r->args;

	switch (option) {
	case OPT_INSTANCE:
		args->instance = value;
		return parse_name(r, value, strlen(value), INSTANCE_BYTES_MAX);
	case OPT_PORT: return parse_port(r, value);
	case OPT_IDLE_SLEEP: return parse_number(r, value, 0, 100000, &args->idle_sleep_usec);
	case OPT_MBUFS: return parse_number(r, value, 1024, 4000000, &args->mbufs);
	case OPT_FRAME_BYTES: return parse_number(r, value, 1518, 65000, &args->frame_bytes);
	case OPT_BURST: return parse_number(r, value, 1, 64, &args->burst);
	case OPT_CRYPTO_ARCH: return parse_arch(r, value, &args->crypto_arch);
	case OPT_FAN_OUT: return parse_fan_out(r, value, &args->fan_out);
	case OPT_CAPTURE_DIR: return parse_dir(r, value);
	case OPT_DEBUG: args->log_level = LOG_LEVEL_DEBUG; return 0;
	case OPT_HELP: return ARGS_HELP;
	case OPT_VERSION: return ARGS_VERSION;
	default: return -EINVAL;
	}
}

/* The name of the long option whose number getopt gave. */
static const char *name_of(int option)
{
	for (const struct option_row *row = dataplane_options.options; row->help; row++)
		if (row->value == option)
			return row->name;
	return "";
}

int args_own(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--"))
			return i;
	return argc;
}

int args_eal(int argc, char **argv, char *error, unsigned error_bytes)
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i] + 2;
		size_t bytes = strcspn(name, "=");

		if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help"))
			return ARGS_HELP;
		if (!strcmp(argv[i], "--version"))
			return ARGS_VERSION;
		if (strncmp(argv[i], "--", 2) != 0)
			continue;
		for (const struct option_row *row = dataplane_options.options; row->help; row++) {
			if (strlen(row->name) != bytes || strncmp(name, row->name, bytes) != 0)
				continue;
			snprintf(error, error_bytes,
			    "--%s belongs behind the --, as in: cgw-dataplane -l 0,1 --in-memory "
			    "-- --port lan1=0000:03:00.0",
			    row->name);
			return -EINVAL;
		}
	}
	return 0;
}

int args_parse(int argc, char **argv, struct args *args, char *error, unsigned error_bytes)
{
	struct options_getopt known;
	struct reading reading = {.args = args, .error = error, .error_bytes = error_bytes};
	int option, rc;

	options_getopt(&dataplane_options, &known);
	*args = (struct args){
	    .instance = SHM_DEFAULT_INSTANCE, .burst = 64, .log_level = LOG_LEVEL_INFO};
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, known.letters, known.names, NULL)) != -1) {
		if (option == '?' && optopt) {
			snprintf(error, error_bytes, "--%s wants a value", name_of(optopt));
			return -EINVAL;
		}
		if (option == '?') {
			snprintf(error, error_bytes, "unknown option %s", argv[optind - 1]);
			return -EINVAL;
		}
		reading.option = name_of(option);
		rc = parse_option(&reading, option, optarg);
		if (rc != 0)
			return rc;
	}
	if (optind < argc) {
		snprintf(error, error_bytes, "what is %s?", argv[optind]);
		return -EINVAL;
	}
	if (args->port_count == 0) {
		snprintf(
		    error, error_bytes, "at least one --port NAME=DEVICE is needed, behind a --");
		return -EINVAL;
	}
	return 0;
}
