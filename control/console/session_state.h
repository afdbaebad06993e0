/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What session.c and command*.c share of a session; nobody else includes this. */
#pragma once

#include "control/config/grammar.h"
#include "control/config/language.h"
#include "control/console/frames.h"
#include "control/console/pipe.h"
#include "control/console/session.h"

/* What the session waits for before the command under way can go on. */
enum session_wait {
	WAIT_NONE,
	WAIT_WORK,   /* somebody will call back: the agent, a thread, a process */
	WAIT_ANSWER, /* the client */
	WAIT_FILE,   /* the client, which reads one */
};

enum session_question {
	ASK_YES_NO, /* asked again until it is one of them: the answer is "y" or "n" */
	ASK_TEXT,
	ASK_HIDDEN, /* a secret: the client does not echo it */
};

struct session {
	struct session_system *system;
	struct session_env env;
	bool may_administrate, administrator;
	bool locked;                  /* the login password has not been given yet */
	bool dialogue;                /* somebody is there to answer a question */
	bool gone;                    /* the client is: free once nothing is under way */
	bool finished;                /* the last frame was sent */
	bool secret;                  /* the line under way held a secret */
	enum pipe_form form;          /* in which it is to be shown */
	bool save, no_save;           /* of `cloud vpn set go` */
	uint32_t tunnel;              /* selected, 0 = none */
	uint32_t cloud;               /* id of the `cloud vpn` command under way */
	struct ip_addr host;          /* of `doctor` */
	unsigned ill;                 /* what it found */
	struct agent_cloud_wish wish; /* of `cloud vpn create` */
	char *plan;                   /* as it was shown, or NULL */
	bool destroying;              /* `cloud vpn destroy` is under way, not `create` */
	bool made;                    /* ... which has been told to make it */
	uint32_t as_number;           /* of `cloud vpn load` */
	bool apply;                   /* of the same */
	struct text file;             /* that the client has read */
	char file_name[1024];         /* 255 characters */
	void (*take_file)(struct session *session); /* WAIT_FILE: it is there */

	enum session_wait wait;
	enum session_question question;
	/* WAIT_ANSWER: takes the answer; sets another wait, or ends the command. */
	void (*answer)(struct session *session, const char *text, size_t bytes);
	/* Ctrl-C, or the client is gone, with WAIT_WORK: asks whoever works to stop, and to call
	 * back. With WAIT_ANSWER: ends the command; NULL = as refused. */
	void (*interrupt)(struct session *session);

	json_t *compared; /* of `show cloud vpn compare | json` under way, or NULL */

	struct held *held; /* lines with placeholders, in their order */
	unsigned held_count;
	struct config_candidate *candidate; /* changes that are gathered, or NULL */
	char password[256];                 /* a new one, while it is asked for again */
	struct child *child;                /* process under way, or NULL */
	struct look_up *look_up;            /* of its host before that, or NULL */
	bool child_logs;                    /* what it says is for the log as well */
	unsigned wrong;                     /* passwords in this session */
	bool setting_administrator;         /* whose password is being set */
	uid_t uid;
	char who[64];
	struct text out; /* of the command under way */
	struct frames frames;
	struct grammar_match match;
};

/* Carries out a parsed line and ends it with session_done(), now or later. */
void command_run(struct session *session, const struct grammar_match *match);

/* command_level.c: levels and passwords. */
void command_administrator(struct session *session);
void command_exit(struct session *session);
void command_login(struct session *session); /* asks for the login password */
void command_set_password(struct session *session, bool administrator);

/* command_ipsec.c */
void command_ipsec_delete(struct session *session, const struct grammar_args *args);

/* command_cloud.c */
void command_cloud_go(struct session *session, const struct grammar_args *args);
void command_cloud_compare(struct session *session, const struct grammar_args *args);
/* The same as command_cloud_go(), of session->cloud, with session->save and no_save. */
void command_cloud_go_on(struct session *session);
/* Ends the command with what a report of AGENT_CLOUD_FAILED says, and with what to do about it. To
 * be called during the report. */
void command_cloud_failed(struct session *session, const char *text);

/* command_cloud_manage.c */
void command_cloud_create(struct session *session, const struct grammar_args *args);
void command_cloud_destroy(struct session *session, const struct grammar_args *args);

/* command_cloud_file.c */
void command_cloud_download(struct session *session, const struct grammar_args *args);
void command_cloud_load(struct session *session, const struct grammar_args *args);

/* command_packetdump.c */
void command_packetdump_start(struct session *session, const struct grammar_args *args);
void command_packetdump_stop(struct session *session);

/* command_doctor.c */
void command_doctor(struct session *session, const struct grammar_args *args);

/* session_file.c: files of the client. */
/* False, and the command is ended with a sentence, where the client has none. */
bool session_has_files(struct session *session);
/* Has the client write a new file, readable by its owner only. */
void session_give_file(struct session *session, const char *name, const char *data, size_t bytes);
/* Has the client read a file; `take` finds it in session->file, and forgets it. */
void session_want_file(
    struct session *session, const char *name, void (*take)(struct session *session));
void session_forget_file(struct session *session);
/* A part of the file has come, or its end, or why not. */
void session_file_frame(struct session *session, const json_t *object);

/* command_save.c: what is kept on the disk. */
bool command_save(struct session *session, const struct grammar_args *args);
void command_rollback(struct session *session, const struct grammar_args *args);
void command_export(struct session *session, const struct grammar_args *args);
void command_cold_start(struct session *session);

/* command_candidate.c: changes that are gathered. */
#define SESSION_UNCOMMITTED SAID("the candidate was not committed: it was discarded")
void command_candidate(struct session *session);
void command_commit(struct session *session, const struct grammar_args *args);
void command_discard(struct session *session);
void command_leave_candidate(struct session *session); /* `exit` */

/* command_paste.c: lines with placeholders. */
bool command_hold(struct session *session, const char *line, size_t bytes); /* true: it is held */
void command_fill(struct session *session);                                 /* no more are coming */
void command_forget_held(struct session *session);

/* command_child.c: other programs. */
void command_ping(struct session *session, const struct grammar_args *args);
void command_traceroute(struct session *session, const struct grammar_args *args);
void command_ntpdate(struct session *session, const struct grammar_args *args);
void command_clear_arp(struct session *session, const struct grammar_args *args);

/* How much of `bytes` goes into one frame: whole lines if possible, whole characters in any case.
 */
size_t session_part(const char *text, size_t bytes);
/* Sends what is in session->out. */
void session_flush(struct session *session);
/* Sends what is in session->out and then the sentence as an error. */
void session_error(struct session *session, const char *sentence);
/* The same; the line is wrong at `column`, 0 = nowhere in particular. */
void session_error_at(struct session *session, const char *sentence, unsigned column);
/* Ends the command with an error. */
void session_fail(struct session *session, const char *sentence);
/* Sends one frame; steals `object`. */
void session_send(struct session *session, json_t *object);
/* Ends the command: {"done":true,...} with the next prompt. */
void session_done(struct session *session, bool ok);
/* Ends a `show` whose answer came later: shows the text as it is, or `members` (stolen) as JSON.
 * `schema` as for show_answer(). */
void session_show(struct session *session, const char *schema, json_t *members, const char *text);
/* Ends the session from our side. */
void session_bye(struct session *session);
/* Asks, and has the answer given to `answer`. */
void session_ask(struct session *session, enum session_question kind, const char *question,
    void (*answer)(struct session *session, const char *text, size_t bytes));
/* Waits for a call back; Ctrl-C calls `interrupt`. */
void session_work(struct session *session, void (*interrupt)(struct session *session));
/* The call back came. False: the client is gone, and the session with it. */
bool session_worked(struct session *session);
/* Applies one line of the dialect as the session's; ends nothing. 0, or -errno with a sentence. */
int session_apply(struct session *session, const char *line, char *error, size_t error_bytes);
/* `bgp configure refresh`: 0 with a notice or none, or -errno with a sentence. */
int session_bgp_refresh(struct session *session, char *error, size_t error_bytes);
bool session_japanese(const struct session *session);
/* Frees a session that is gone and waits for nothing. */
void session_free(struct session *session);
