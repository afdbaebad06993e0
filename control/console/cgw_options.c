/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See cgw_options.h: --help, cgw(1) and completion follow from this table. */
#include "control/console/cgw_options.h"

static const char *const synopsis[] = {
    "[-s SOCKET | -i INSTANCE]",
    "[-s SOCKET | -i INSTANCE] WORD...",
    "[-s SOCKET | -i INSTANCE] [-kv] -e LINE [-e LINE ...]",
    "[-s SOCKET | -i INSTANCE] [-kv] [--set NAME=VALUE ...] -f FILE",
    "[-s SOCKET | -i INSTANCE] top [--once] [-d SECONDS]",
    0,
};

static const char *const about[] = {
    "The console of a customer gateway: it shows and changes what cgw-control does, in the dialect "
    "of "
    "Yamaha's RTX routers. Commands are described in cgw-commands(7).",
    "Without a command it is interactive at a terminal: TAB completes, ? explains what may follow, "
    "Ctrl-C "
    "cancels, exit leaves. Where standard input is no terminal, its lines are carried out.",
    "Words are one command. With -e the lines are as they would be typed, with their pipes. A "
    "line with a "
    "secret is taken from a file, a pipe or the terminal only: the arguments of a program are "
    "there for "
    "everybody to read.",
    "Lines of a file stop at the first that is refused, which is told with its number. What stands "
    "for a value "
    "in the file that AWS offers for download (YOUR_BGP_ASN) is asked for at a terminal, and given "
    "with --set "
    "elsewhere.",
    "top shows tunnels, rates, drops by reason and rekeys every second, or every SECONDS; q quits, "
    "arrows show "
    "other tunnels. --once writes that once and without a terminal.",
    0,
};

static const struct option_row options[] = {
    {'s', "socket", "SOCKET",
	"socket of the console (default: $CGW_SOCKET, or that of the instance)"},
    {'i', "instance", "INSTANCE", "instance whose socket it is (default: default)"},
    {'f', 0, "FILE", "carry out the lines of FILE; - is standard input"},
    {'e', 0, "LINE", "carry out this line; may be given several times"},
    {'k', 0, 0, "keep going after a line that is refused"},
    {'v', 0, 0, "show each line with its prompt before its output"},
    {CGW_OPTION_SET, "set", "NAME=VALUE",
	"value of a placeholder in the lines, as YOUR_BGP_ASN=65000"},
    {'h', "help", 0, "say all this"},
    {CGW_OPTION_VERSION, "version", 0, "say the version of this program"},
    {0},
};

static const struct option_exit exits[] = {
    {"0", "done"},
    {"1", "a command was refused or failed, or a candidate was not committed"},
    {"2", "wrong usage"},
    {"3", "no connection, not allowed in, or the connection was lost"},
    {0},
};

static const struct option_file files[] = {
    {"/run/cgw/default/console.sock", "the console of the instance named default"},
    {0},
};

static const char *const see_also[] = {"cgw-commands 7", "cgw-control 8", "cgw-dataplane 8", 0};

const struct option_table cgw_options = {
    .program = "cgw",
    .section = "1",
    .summary = "console of a customer gateway",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .exits = exits,
    .files = files,
    .see_also = see_also,
};

const char *const cgw_top_words[] = {"--once", "-d", 0};
