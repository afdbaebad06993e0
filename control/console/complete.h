/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Completion for shells: `cgw --complete WORD...` prints what can stand in the place of the last
 * word, a line each. Options are those of the table, commands those that the server would complete
 * by TAB, so that a shell never knows more or less than the console. */
#pragma once

#define COMPLETE_FILE                                                                              \
	4 /* exit status: the name of a file may stand there, and the shell knows files */

/* `words` are those behind `cgw`, as far as the cursor; the last one is unfinished, and may be "".
 * Says nothing when there is no server. Returns the exit status. */
int complete_run(char *const *words);
