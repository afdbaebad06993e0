/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Making the folders that a path needs. */
#pragma once

/* Makes the folders on the way to `path` that are missing; everybody may pass them (0755), whatever
 * the umask: who may use the file is decided at the file. 0 or -errno. */
int folder_make_for(const char *path);
