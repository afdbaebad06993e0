/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The one table of all console commands, and what follows from it: parsing with abbreviations, the
 * `no` forms, help, completion, canonical lines and their order in `show config`.
 *
 * A row is a setting (it has `set`) or an operation (it has `operation`, which the console carries
 * out) or the name of something there is none of (it has `refusal`: why, in words). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/config/lexer.h"
#include "control/config/model.h"
#include "control/config/value.h"

/* Where a setting stands in `show config`, in this order. */
enum grammar_place {
	PLACE_CONSOLE,
	PLACE_ROUTE,
	PLACE_LAN,     /* by interface */
	PLACE_TUNNEL,  /* inside `tunnel select N` */
	PLACE_GATEWAY, /* inside the tunnel that uses the gateway, deeper by one */
	PLACE_FILTER,
	PLACE_NAT,
	PLACE_BGP,
	PLACE_IPSEC,
	PLACE_SYSLOG,
	PLACE_DHCP,
	PLACE_DNS,
	PLACE_SCHEDULE,
	PLACE_STATISTICS,
	PLACE_CLOUD, /* by id */
	PLACE_DESCRIPTION,
};

enum grammar_operation {
	OP_NONE,
	OP_TUNNEL_SELECT,
	OP_TUNNEL_ENABLE, /* several tunnels at once: becomes `tunnel enable N` of each */
	OP_TUNNEL_DISABLE,
	OP_IKE_ID_PASTED, /* becomes `ipsec ike local|remote id` of the tunnel's gateway */
	OP_ADMINISTRATOR,
	OP_LOGIN_PASSWORD,
	OP_ADMINISTRATOR_PASSWORD,
	OP_EXIT,
	OP_HELP,
	OP_SAVE,
	OP_CANDIDATE,
	OP_COMMIT,
	OP_DISCARD,
	OP_ROLLBACK,
	OP_CHECK,
	OP_EXPORT,
	OP_COLD_START,
	OP_PING,
	OP_TRACEROUTE,
	OP_NTPDATE,
	OP_CLEAR_ARP,
	OP_CLEAR_LOG,
	OP_PACKETDUMP_START,
	OP_PACKETDUMP_STOP,
	OP_BGP_REFRESH,
	OP_IPSEC_REFRESH,
	OP_IPSEC_DELETE,
	OP_CLOUD_GO,
	OP_CLOUD_CREATE,
	OP_CLOUD_DESTROY,
	OP_CLOUD_DOWNLOAD,
	OP_DOCTOR,
	OP_CLOUD_LOAD,
	OP_SHOW_COMMAND,
	OP_SHOW_CONFIG,
	OP_SHOW_CONFIG_DIFF,
	OP_SHOW_CONFIG_LIST,
	OP_SHOW_ENVIRONMENT,
	OP_SHOW_ARP,
	OP_SHOW_IP_ROUTE,
	OP_SHOW_FILTER,
	OP_SHOW_STATISTICS,
	OP_SHOW_IPSEC_SA,
	OP_SHOW_IPSEC_GATEWAY,
	OP_SHOW_BGP_NEIGHBOR,
	OP_SHOW_BGP_ROUTES,
	OP_SHOW_TUNNEL,
	OP_SHOW_LAN,
	OP_SHOW_DHCP,
	OP_SHOW_DHCPC,
	OP_SHOW_NAT,
	OP_SHOW_CLOUD,
	OP_SHOW_CLOUD_COMPARE,
	OP_SHOW_CLOUD_COST,
	OP_SHOW_DATAPLANE,
	OP_CLEAR_DATAPLANE,
	OP_SHOW_PACKET_PATH,
	OP_SHOW_PACKETDUMP,
	OP_EXPLAIN_DROP,
	OP_SHOW_LOG,
	OP_SHOW_TECHINFO,
	OP_REFUSED,
};

/* The words of one command, with the store their texts lie in. */
struct grammar_args {
	unsigned count;
	const struct value *value;
	const char *store;
};

/* Writes what one line says into the model. `tunnel` is the selected tunnel, 0 = none. 0, or -errno
 * with a sentence. */
typedef int grammar_set_fn(struct config_model *model, uint32_t tunnel,
    const struct grammar_args *args, char *error, size_t error_bytes);

#define GRAMMAR_USER   1u  /* allowed at user level */
#define GRAMMAR_TUNNEL 2u  /* makes sense inside `tunnel select N` only */
#define GRAMMAR_HIDDEN 4u  /* left out of help and completion */
#define GRAMMAR_KEPT   8u  /* a setting that is kept and has no effect yet */
#define GRAMMAR_YIELDS 16u /* an abbreviation that other rows know, too, means those */

struct grammar_row {
	const char *syntax; /* see pattern.h */
	unsigned flags;     /* GRAMMAR_* */
	enum grammar_place place;
	enum grammar_operation operation;
	grammar_set_fn *set;
	const char *initial; /* what holds without the line, for help; NULL = nothing to say */
	const char *help, *help_ja;
	const char *refusal, *refusal_ja; /* OP_REFUSED: why */
};

extern const struct grammar_row grammar_rows[];
extern const unsigned grammar_row_count;

/* Words explained, in three tables:
 *
 *   prefixes     words that begin several commands: "ipsec ike"
 *   parameters   "mtu"
 *   words        keywords behind the stem, or in it behind a bracket: "metric"; and words that
 * stand for a parameter: "action=pass"
 *
 * In the latter two a note may be of one command, or of those that begin so, alone: "ping times".
 * The longest one counts. */
struct grammar_note {
	const char *name;
	const char *help, *help_ja;
};
extern const struct grammar_note grammar_prefixes[], grammar_parameters[], grammar_words[];
extern const unsigned grammar_prefix_count, grammar_parameter_count, grammar_word_count;

struct pattern_node;
/* What a parameter of the row is; NULL = nothing is said of it. */
const struct grammar_note *grammar_parameter_note(
    const struct grammar_row *row, const struct pattern_node *node);
/* What a word of the row means that is no part of its name, or one that stands for a parameter
 * (then `word` is that one). NULL = nothing is said of it, or it is a part of the name. */
const struct grammar_note *grammar_word_note(
    const struct grammar_row *row, const struct pattern_node *node, const char *word, size_t bytes);
/* True for a keyword that the help of its row describes. */
bool grammar_is_name(const struct grammar_row *row, const struct pattern_node *node);

/* A parsed line. Holds secrets: grammar_match_wipe(). */
struct grammar_match {
	const struct grammar_row *row; /* NULL: an empty line or a comment */
	bool negated;                  /* `no ...` */
	bool secret;   /* a secret was given, or may have been when the line was refused */
	unsigned stem; /* values[0..stem-1] name the setting */
	unsigned count;
	struct value value[LEXER_WORDS];
	unsigned error_column; /* where a refused line is wrong, 0 = nowhere in particular */
	unsigned help_column;  /* the line ends in an unquoted '?': help was asked for */
	struct lexer lexer;
};

/* Parses a line. 0, or -EINVAL with a sentence that names the column and what was expected. Levels
 * and contexts are not looked at. Wipe in either case. */
int grammar_parse(
    struct grammar_match *match, const char *line, size_t bytes, char *error, size_t error_bytes);
void grammar_match_wipe(struct grammar_match *match);
struct grammar_args grammar_match_args(const struct grammar_match *match);

/* What may come next after `bytes` bytes of a line. */
struct grammar_expect {
	char text[96];    /* a word to type, or a description in <> */
	bool literal;     /* it is a word to type */
	const char *help; /* in the language asked for; "" = nothing */
	char parameter[24]; /* of a description: the parameter's name */
};
#define GRAMMAR_EXPECTS 96
struct grammar_expects {
	unsigned column; /* where the word begins that these would replace or complete */
	unsigned count;
	bool complete; /* the command may end here */
	bool file;     /* the name of a file of the client's may stand here */
	struct grammar_expect item[GRAMMAR_EXPECTS];
};

/* For help (`?`) and completion (TAB): what can stand where the line ends, limited to what the
 * unfinished last word allows. `administrator` and `tunnel` (selected or 0) limit the commands.
 * -EINVAL with a sentence when the line so far is wrong. */
int grammar_expect(const char *line, size_t bytes, bool administrator, uint32_t tunnel,
    bool japanese, struct grammar_expects *out, char *error, size_t error_bytes);

/* Appends the canonical line of `row` with these words. */
void grammar_print(const struct grammar_args *args, bool masked, struct text *out);

/* Appends the syntax of a row as a person reads it: `ip tunnel mtu 64..1500`. */
void grammar_print_syntax(const struct grammar_row *row, struct text *out);

/* ---- reading words in `set` and in operations -------------------------------------------------
 */

/* The first value of that parameter name, NULL when it was not given. */
const struct value *args_find(const struct grammar_args *args, const char *name);
/* The next one after index *at (start with 0), which it moves on. */
const struct value *args_next(const struct grammar_args *args, const char *name, unsigned *at);
/* Its number, or `otherwise` when absent or a word. */
uint32_t args_number(const struct grammar_args *args, const char *name, uint32_t otherwise);
/* True when it was given as this word. */
bool args_is(const struct grammar_args *args, const char *name, const char *word);
/* Its text; "" when absent. */
const char *args_text(const struct grammar_args *args, const char *name);
/* Its address; family none when absent. */
struct ip_addr args_address(const struct grammar_args *args, const char *name);
/* True when the keyword stands among the words. */
bool args_keyword(const struct grammar_args *args, const char *keyword);
