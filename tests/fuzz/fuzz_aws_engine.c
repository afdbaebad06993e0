/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The engines that ask AWS, given any answers at all. The first byte picks the engine; answers are
 * separated by NULs (one is passed over where the engine waits), and one that begins with '!' has
 * the status 400. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/aws/create.h"
#include "control/aws/destroy.h"
#include "control/aws/device_file.h"
#include "control/aws/gather.h"
#include "control/aws/way.h"

#define ID "vpn-0a1b2c3d4e5f60718"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct way_task *way;

static struct aws_task *engine(uint8_t which)
{
	struct ip_addr here = ip_addr_v4(0xc0a8c8fe), there = ip_addr_v4(0x0a0086f3);
	struct create_wish wish = {
	    .address = ip_addr_v4(0xcb007102), .as_number = 65000, .tag = "gw/1"};
	struct device_file *file;
	struct destroy *destroy;
	struct create *create;
	struct gather *gather;
	char why[VPN_ERROR];

	way = NULL;
	memcpy(wish.target, which & 8 ? "tgw-1" : "vpc-1", 6);
	wish.prefix_count = which & 16 ? 1 : 0;
	switch (which % 5) {
	case 0: return gather_new(ID, &gather, why) ? NULL : gather_task(gather);
	case 1: return way_new(ID, &there, &here, &way, why) ? NULL : way_task(way);
	case 2: return create_new(&wish, false, &create, why) ? NULL : create_task(create);
	case 3:
		return destroy_new(which & 8 ? ID : "", "gw/1", false, &destroy, why)
			   ? NULL
			   : destroy_task(destroy);
	default:
		return device_file_new(ID, DEVICE_FILE_YAMAHA, &file, why) ? NULL
									   : device_file_task(file);
	}
}

static void judge(void)
{
	char finding[WAY_FINDINGS][WAY_TEXT_BYTES];

	if (way && way_judge(way_of(way), finding) > WAY_FINDINGS)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct aws_task_action action = {0};
	struct aws_task *task;
	size_t at = 1;

	task = bytes ? engine(data[0]) : NULL;
	if (!task)
		return 0;
	task->step(task, NULL, &action);
	while (at < bytes && (action.type == AWS_TASK_ASK || action.type == AWS_TASK_WAIT)) {
		const uint8_t *end = memchr(data + at, 0, bytes - at);
		size_t n = end ? (size_t)(end - data) - at : bytes - at;
		const bool bad = n && data[at] == '!';
		const struct aws_answer answer = {bad ? 400 : 200, data + at + bad, n - bad};

		if (action.type == AWS_TASK_ASK && action.ask->too_long)
			abort();
		task->step(task, action.type == AWS_TASK_ASK ? &answer : NULL, &action);
		at += n + 1;
	}
	if (action.type == AWS_TASK_FAILED && !action.why[0])
		abort();
	if (action.type == AWS_TASK_DONE)
		judge();
	task->free(task);
	return 0;
}
