/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Parsing of the program's own command line; it touches nothing but its arguments. */
#include "dataplane/args.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/shm_map.h"
#include "dataplane/args_table.h"

#define INSTANCE_BYTES_MAX 63

static int parse_number(const char *text, unsigned min, unsigned max, unsigned *out)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end || errno || value < min || value > max)
		return -EINVAL;
	*out = (unsigned)value;
	return 0;
}

static int parse_fan_out(const char *text, enum fan_out *out)
{
	static const char *const names[] = {
	    [FAN_OUT_AUTO] = "auto", [FAN_OUT_ALWAYS] = "always", [FAN_OUT_NEVER] = "never"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		*out = (enum fan_out)i;
		return 0;
	}
	return -EINVAL;
}

/* A name that is safe as a file name and, where `max` says so, as a network interface's. */
static bool name_ok(const char *name, size_t bytes, size_t max)
{
	if (bytes == 0 || bytes > max || !isalpha((unsigned char)name[0]))
		return false;
	for (size_t i = 0; i < bytes; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("_-.", name[i]))
			return false;
	return true;
}

/* NAME=DEVICE[,mtu=N] */
static int parse_port(const char *text, struct args *args)
{
	struct args_port *port;
	const char *equals = strchr(text, '='), *device = equals ? equals + 1 : "";
	size_t bytes = strcspn(device, ",");
	const char *rest = device + bytes;

	if (!equals || !name_ok(text, (size_t)(equals - text), SHM_NAME_BYTES - 1) || bytes == 0 ||
	    bytes >= ARGS_DEVICE_BYTES || args->port_count == PORTS_MAX)
		return -EINVAL;
	port = &args->port[args->port_count];
	*port = (struct args_port){0};
	memcpy(port->name, text, (size_t)(equals - text));
	memcpy(port->device, device, bytes);
	if (*rest && (strncmp(rest, ",mtu=", 5) != 0 ||
			 parse_number(rest + 5, PORT_MTU_MIN, PORT_MTU_MAX, &port->mtu) < 0))
		return -EINVAL;
	for (unsigned i = 0; i < args->port_count; i++)
		if (!strcmp(args->port[i].name, port->name) ||
		    !strcmp(args->port[i].device, port->device))
			return -EINVAL;
	args->port_count++;
	return 0;
}

static int parse_option(int option, const char *value, struct args *args)
{
	switch (option) {
	case OPT_INSTANCE:
		args->instance = value;
		return name_ok(value, strlen(value), INSTANCE_BYTES_MAX) ? 0 : -EINVAL;
	case OPT_PORT: return parse_port(value, args);
	case OPT_IDLE_SLEEP: return parse_number(value, 0, 100000, &args->idle_sleep_usec);
	case OPT_MBUFS: return parse_number(value, 1024, 4000000, &args->mbufs);
	case OPT_FRAME_BYTES: return parse_number(value, 1518, 65000, &args->frame_bytes);
	case OPT_BURST: return parse_number(value, 1, 64, &args->burst);
	case OPT_CRYPTO_ARCH: return esp_arch_parse(value, &args->crypto_arch);
	case OPT_FAN_OUT: return parse_fan_out(value, &args->fan_out);
	case OPT_CAPTURE_DIR: args->capture_dir = value; return value[0] == '/' ? 0 : -EINVAL;
	case OPT_DEBUG: args->log_level = LOG_LEVEL_DEBUG; return 0;
	case OPT_HELP: return 1;
	default: return -EINVAL;
	}
}

int args_parse(int argc, char **argv, struct args *args, char *error, unsigned error_bytes)
{
	struct options_getopt known;
	int option, rc;

	options_getopt(&dataplane_options, &known);
	*args = (struct args){
	    .instance = SHM_DEFAULT_INSTANCE, .burst = 64, .log_level = LOG_LEVEL_INFO};
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, known.letters, known.names, NULL)) != -1) {
		rc = parse_option(option, optarg, args);
		if (rc < 0 && option == '?')
			snprintf(error, error_bytes, "unknown or incomplete option %s",
			    argv[optind - 1]);
		else if (rc < 0)
			snprintf(error, error_bytes, "bad or repeated value: %s", optarg);
		if (rc != 0)
			return rc;
	}
	if (optind < argc) {
		snprintf(error, error_bytes, "what is %s?", argv[optind]);
		return -EINVAL;
	}
	if (args->port_count == 0) {
		snprintf(error, error_bytes, "at least one --port is needed");
		return -EINVAL;
	}
	return 0;
}
