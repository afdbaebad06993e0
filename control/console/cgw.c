/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cgw: the console client. Interactive at a terminal, commands from the arguments, or lines from a
 * file or standard input. It knows no command: the server does. */
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/version.h"
#include "control/console/batch.h"
#include "control/console/cgw_options.h"
#include "control/console/client.h"
#include "control/console/complete.h"
#include "control/console/console.h"
#include "control/console/terminal.h"
#include "control/console/top.h"

struct arguments {
	const char *socket, *instance;
	struct batch batch;
};

static void on_interrupt(int signal)
{
	client_interrupted = 1;
}

static bool parse_arguments(int argc, char **argv, struct arguments *a)
{
	struct options_getopt known;
	int option;

	options_getopt(&cgw_options, &known);
	*a = (struct arguments){.instance = CONSOLE_INSTANCE, .socket = getenv("CGW_SOCKET")};
	while ((option = getopt_long(argc, argv, known.letters, known.names, NULL)) != -1) {
		switch (option) {
		case 's': a->socket = optarg; break;
		case 'i':
			a->instance = optarg;
			a->socket = NULL;
			break;
		case 'f': a->batch.file = optarg; break;
		case 'e':
			if (a->batch.commands == BATCH_COMMANDS)
				return false;
			a->batch.command[a->batch.commands++] = optarg;
			break;
		case CGW_OPTION_SET:
			if (!strchr(optarg, '=') || a->batch.sets == BATCH_SETS)
				return false;
			a->batch.set[a->batch.sets++] = optarg;
			break;
		case 'k': a->batch.keep_going = true; break;
		case 'v': a->batch.echo = true; break;
		case 'h': options_usage(&cgw_options, stdout); exit(EXIT_SUCCESS);
		case CGW_OPTION_VERSION: puts("cgw " CGW_VERSION); exit(EXIT_SUCCESS);
		default: return false;
		}
	}
	a->batch.words = argv + optind;
	return (a->batch.file != NULL) + (a->batch.commands != 0) + (*a->batch.words != NULL) <= 1;
}

int main(int argc, char **argv)
{
	struct sigaction interrupt = {.sa_handler = on_interrupt};
	static struct client client = {.fd = -1};
	struct arguments a;
	char path[128];
	bool terminal;
	int code;

	/* Keys are typed and exported here: no core dump, no debugger of another process. */
	(void)prctl(PR_SET_DUMPABLE, 0);
	setlocale(LC_ALL, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
	if (argc > 1 && strcmp(argv[1], "--complete") == 0)
		return complete_run(argv + 2);
	if (!parse_arguments(argc, argv, &a)) {
		options_usage(&cgw_options, stderr);
		return EXIT_USAGE;
	}
	if (!a.socket) {
		snprintf(path, sizeof(path), CONSOLE_SOCKET_FORMAT, a.instance);
		a.socket = path;
	}
	terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	if (client_connect(&client, a.socket, terminal && !a.batch.file)) {
		client_close(&client);
		return EXIT_CONNECTION;
	}
	sigaction(SIGINT, &interrupt, NULL);
	if (*a.batch.words && strcmp(*a.batch.words, CGW_WORD_TOP) == 0)
		code = top_run(&client, a.batch.words + 1);
	else if (terminal && !a.batch.file && !a.batch.commands && !*a.batch.words)
		code = batch_exit_code(terminal_run(&client));
	else
		code = batch_run(&client, &a.batch);
	client_close(&client);
	return code;
}
