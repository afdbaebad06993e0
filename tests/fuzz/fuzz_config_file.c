/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A configuration file of any bytes. What is taken must be saved and loaded again as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/config.h"
#include "control/config/store_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static char *load(const char *data, size_t bytes)
{
	struct config_env env = {0};
	struct config *config = config_new(&env);
	char error[CONFIG_ERROR_BYTES] = "";
	char *text = NULL;
	const char *lines;
	size_t lines_bytes;
	unsigned first;

	if (config &&
	    store_file_check(data, bytes, &lines, &lines_bytes, &first, error, sizeof(error)) ==
		0 &&
	    config_replace(config, lines, lines_bytes, error, sizeof(error)) == 0)
		text = config_running_text(config);
	if (config && !text && !*error)
		abort();
	config_free(config);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char *once = load((const char *)data, bytes), *twice;
	struct text file = {0};

	if (!once)
		return 0;
	store_file_print(once, &file);
	twice = load(file.data, file.bytes);
	if (!twice || strcmp(once, twice) != 0)
		abort();
	free(once);
	free(twice);
	text_free(&file);
	return 0;
}
