/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show environment: what the machine says of itself. The numbers come from /proc and from the
 * tables of the dataplane; what cannot be read is left out. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "common/version.h"
#include "control/console/show_json.h"

struct environment {
	bool has_name, has_load, alive, dirty;
	struct utsname name;
	double load[3]; /* of 1, 5 and 15 minutes */
	long processors;
	uint64_t memory_kib, available_kib; /* 0 = not known */
	int64_t uptime_sec;                 /* -1 = not known */
};

/* The number behind `key` in a file of lines "KEY   NUMBER ...", or 0. */
static uint64_t read_number(const char *path, const char *key)
{
	FILE *in = fopen(path, "re");
	uint64_t number = 0;
	char line[160];

	while (in && fgets(line, sizeof(line), in)) {
		if (strncmp(line, key, strlen(key)) == 0) {
			number = strtoull(line + strlen(key), NULL, 10);
			break;
		}
	}
	if (in)
		fclose(in);
	return number;
}

static void collect(const struct show *show, struct environment *env)
{
	struct timespec boot;

	env->has_name = uname(&env->name) == 0;
	env->has_load = getloadavg(env->load, 3) == 3;
	env->alive = show_dataplane_alive(show);
	env->dirty = config_dirty(show->config);
	env->processors = sysconf(_SC_NPROCESSORS_ONLN);
	env->memory_kib = read_number("/proc/meminfo", "MemTotal:");
	env->available_kib = read_number("/proc/meminfo", "MemAvailable:");
	env->uptime_sec = clock_gettime(CLOCK_BOOTTIME, &boot) == 0 ? boot.tv_sec : -1;
}

static void print_load(const struct show *show, const struct environment *env)
{
	if (env->has_load)
		text_printf(show->out, "CPU: %s %.2f(1min) %.2f(5min) %.2f(15min), %ld %s\n",
		    show_word(show, "load", "負荷"), env->load[0], env->load[1], env->load[2],
		    env->processors, show_word(show, "processors", "プロセッサー"));
	if (env->memory_kib)
		text_printf(show->out, "%s: %" PRIu64 "%% %s\n",
		    show_word(show, "Memory", "メモリー"),
		    (env->memory_kib - env->available_kib) * 100 / env->memory_kib,
		    show_word(show, "used", "使用"));
}

static void print_span(const struct show *show, const char *what, int64_t seconds)
{
	text_printf(show->out, "%s: %" PRId64 "%s %02d:%02d:%02d\n", what, seconds / 86400,
	    show_word(show, "days", "日"), (int)(seconds / 3600 % 24), (int)(seconds / 60 % 60),
	    (int)(seconds % 60));
}

static void print(const struct show *show, const struct environment *env)
{
	char text[SHOW_TIME_BYTES];

	text_printf(show->out, "cgw " CGW_VERSION ": %s %s, %s %d\n",
	    show_word(show, "instance", "インスタンス"), show->instance ? show->instance : "-",
	    show_word(show, "process", "プロセス"), (int)getpid());
	if (env->has_name)
		text_printf(show->out, "%s: %s, %s %s %s\n", show_word(show, "System", "システム"),
		    env->name.nodename, env->name.sysname, env->name.release, env->name.machine);
	print_load(show, env);
	text_printf(show->out, "%s: %s\n", show_word(show, "Dataplane", "データプレーン"),
	    env->alive ? show_word(show, "running", "動作中")
		       : show_word(show, "NOT running", "停止"));
	text_printf(show->out, "%s: %s%s\n", show_word(show, "Config", "設定"),
	    show->save_dir ? show->save_dir : "-",
	    env->dirty ? show_word(show, ", not saved", " (未保存)") : "");
	text_printf(show->out, "%s: %s\n", show_word(show, "Current time", "現在の時刻"),
	    show_time(show->now_unix, text));
	if (env->uptime_sec < 0)
		return;
	text_printf(show->out, "%s: %s\n", show_word(show, "Boot time", "起動時刻"),
	    show_time(show->now_unix - env->uptime_sec, text));
	print_span(
	    show, show_word(show, "Elapsed time from boot", "起動からの経過時間"), env->uptime_sec);
}

static json_t *system_json(const struct environment *env)
{
	if (!env->has_name)
		return json_null();
	return json_pack("{s:o, s:s, s:s, s:s}", "host", show_json_text(env->name.nodename), "name",
	    env->name.sysname, "release", env->name.release, "machine", env->name.machine);
}

static json_t *to_json(const struct show *show, const struct environment *env)
{
	json_t *load = env->has_load
			   ? json_pack("[f, f, f]", env->load[0], env->load[1], env->load[2])
			   : json_null();
	json_t *memory =
	    env->memory_kib
		? json_pack("{s:I, s:I}", "total_bytes", (json_int_t)env->memory_kib * 1024,
		      "available_bytes", (json_int_t)env->available_kib * 1024)
		: json_null();

	return json_pack("{s:s, s:s?, s:i, s:o, s:{s:o, s:i}, s:o, s:b, s:{s:s?, s:b}, s:o}",
	    "version", CGW_VERSION, "instance", show->instance, "pid", (int)getpid(), "system",
	    system_json(env), "cpu", "load", load, "processors", (int)env->processors, "memory",
	    memory, "dataplane_running", env->alive, "config", "folder", show->save_dir, "saved",
	    !env->dirty, "uptime_seconds",
	    env->uptime_sec < 0 ? json_null() : json_integer(env->uptime_sec));
}

int show_environment(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct environment env;

	collect(show, &env);
	if (show->answer)
		return show_answer(
		    show, "show-environment/1", to_json(show, &env), error, error_bytes);
	print(show, &env);
	return 0;
}
