/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Runs a fuzz target over every file of its corpus folder: the committed corpus as a regression test.
 * Each input stands in a block of exactly its size, so that one byte too far is seen. Prints one TAP
 * line; a crash or a sanitizer report ends the program, which the runner counts. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static int replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t got;

	if (!f || fstat(fileno(f), &st) || !(data = malloc((size_t)st.st_size))) {
		perror(path);
		if (f)
			fclose(f);
		return -1;
	}
	got = fread(data, 1, (size_t)st.st_size, f);
	fclose(f);
	printf("# %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, got);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? strrchr(argv[1], '/') : NULL;
	struct dirent *entry;
	unsigned count = 0;
	DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;

	if (!dir) {
		fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return 2;
	}
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	while ((entry = readdir(dir)) != NULL) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		if (replay(path))
			return 1;
		count++;
	}
	closedir(dir);
	if (!count) {
		printf("not ok - corpus %s is empty\n", argv[1]);
		return 1;
	}
	printf("ok - fuzz corpus of %s, %u inputs\n", name ? name + 1 : argv[1], count);
	return 0;
}
