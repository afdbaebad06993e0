/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Credentials from the two shared files: which profile, whose keys, and the roles that profiles
 * refer to each other for. Works on copies of the files, so that a chain of source profiles costs
 * no more reads. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/aws/creds_chain_internal.h"

static const char *profile_name(const struct creds_chain *c)
{
	const char *name = creds_chain_env(c, "AWS_PROFILE");

	return name[0] ? name : "default";
}

/* The file's path: as a variable says, else in the home directory. Empty: there is no such file. */
static void find_path(struct creds_chain *c, const char *variable, const char *name)
{
	const char *path = creds_chain_env(c, variable);
	int n;

	if (path[0])
		n = snprintf(c->path, sizeof(c->path), "%s", path);
	else
		n = snprintf(c->path, sizeof(c->path), "%s/.aws/%s", c->home, name);
	if (n < 0 || (size_t)n >= sizeof(c->path) || (!path[0] && !c->home[0]))
		c->path[0] = '\0';
}

void creds_chain_try_files(struct creds_chain *c, struct creds_action *out)
{
	find_path(c, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
	creds_chain_read(c, STEP_CREDENTIALS_FILE, out);
}

/* What the files say of a profile. */
static int look_up(struct creds_chain *c, const char *name, struct creds_profile *profile)
{
	const struct {
		const struct file *file;
		enum creds_file_kind kind;
		const char *what;
	} files[] = {
	    {&c->credentials, CREDS_FILE_CREDENTIALS, "credentials file"},
	    {&c->config, CREDS_FILE_CONFIG, "config file"},
	};
	char why[CREDS_TEXT];

	memset(profile, 0, sizeof(*profile));
	for (size_t i = 0; i < 2; i++) {
		if (!files[i].file->text)
			continue;
		if (creds_file_read(files[i].file->text, files[i].file->bytes, files[i].kind, name,
			profile, why)) {
			creds_chain_note(c, CREDS_FROM_FILES, "%s: %s", files[i].what, why);
			return -EBADMSG;
		}
	}
	return 0;
}

/* The profile wants a role: remembers it, and goes on to where its keys are to come from. Returns
 * the name of the profile to look up next in `name`, or "" when `only` was set. */
static int follow_role(
    struct creds_chain *c, const struct creds_profile *profile, char name[CREDS_NAME])
{
	static const struct {
		const char *name;
		enum creds_source source;
	} sources[] = {
	    {"Environment", CREDS_FROM_ENVIRONMENT},
	    {"EcsContainer", CREDS_FROM_CONTAINER},
	    {"Ec2InstanceMetadata", CREDS_FROM_METADATA},
	};
	struct role *role = &c->role[c->roles];

	if (c->roles == ROLES_MAX) {
		creds_chain_note(c, CREDS_FROM_FILES,
		    "profiles refer to each other more than %d times", ROLES_MAX);
		return -ELOOP;
	}
	c->roles++;
	(void)snprintf(role->arn, sizeof(role->arn), "%s", profile->role_arn);
	(void)snprintf(role->external_id, sizeof(role->external_id), "%s", profile->external_id);
	(void)snprintf(role->session_name, sizeof(role->session_name), "%s", profile->session_name);
	role->duration_seconds = profile->duration_seconds;
	if (profile->source_profile[0]) {
		(void)snprintf(name, CREDS_NAME, "%s", profile->source_profile);
		return 0;
	}
	name[0] = '\0';
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strcmp(profile->credential_source, sources[i].name) == 0)
			c->only = sources[i].source;
	if (c->only != CREDS_FROM_NOWHERE)
		return 0;
	creds_chain_note(c, CREDS_FROM_FILES,
	    "a profile with role_arn needs source_profile or "
	    "credential_source");
	return -EINVAL;
}

/* Goes from profile to profile until one has keys or names another source. Negative when that
 * cannot be; `profile` is the last one looked at, `name` "" when another source is wanted. */
static int resolve(struct creds_chain *c, char name[CREDS_NAME], struct creds_profile *profile)
{
	char previous[CREDS_NAME] = "";
	int rc;

	for (;;) {
		rc = look_up(c, name, profile);
		if (rc)
			return rc;
		if (c->found.region[0] == '\0')
			(void)snprintf(
			    c->found.region, sizeof(c->found.region), "%s", profile->region);
		/* A role whose source is the profile itself: its own keys are meant. */
		if (!profile->role_arn[0] || strcmp(previous, name) == 0)
			return 0;
		(void)snprintf(previous, sizeof(previous), "%s", name);
		rc = follow_role(c, profile, name);
		if (rc || !name[0])
			return rc;
	}
}

static void use_files(struct creds_chain *c, int64_t now, struct creds_action *out)
{
	struct creds_profile profile;
	char name[CREDS_NAME], shown[CREDS_NAME * 4];
	bool asked_for = creds_chain_env(c, "AWS_PROFILE")[0] != '\0';
	int n = snprintf(name, sizeof(name), "%s", profile_name(c));

	log_escape(profile_name(c), strlen(profile_name(c)), shown, sizeof(shown));
	if (n < 0 || (size_t)n >= sizeof(name) || resolve(c, name, &profile)) {
		if (n >= (int)sizeof(name))
			creds_chain_note(c, CREDS_FROM_FILES, "the profile's name is too long");
		creds_chain_fail(out);
	} else if (!name[0]) {
		(void)snprintf(c->found.what, sizeof(c->found.what), "profile %.100s", shown);
		creds_chain_try(c, c->only, now, out);
	} else if (profile.access_key[0] || profile.secret_key[0]) {
		(void)snprintf(c->found.what, sizeof(c->found.what), "profile %.100s", shown);
		creds_chain_take(c, now, CREDS_FROM_FILES, profile.access_key, profile.secret_key,
		    profile.token, out);
	} else if (asked_for || c->roles) {
		creds_chain_note(c, CREDS_FROM_FILES, "there are no keys of profile %.100s", shown);
		creds_chain_fail(out);
	} else {
		creds_chain_note(c, CREDS_FROM_FILES, "no keys in ~/.aws of profile %.100s", shown);
		creds_chain_try(c, CREDS_FROM_CONTAINER, now, out);
	}
	secret_wipe(&profile, sizeof(profile));
}

static int keep_file(struct file *file, const struct creds_event *event)
{
	file->text = malloc(event->bytes + 1);
	if (!file->text)
		return -ENOMEM;
	memcpy(file->text, event->data, event->bytes);
	file->bytes = event->bytes;
	return 0;
}

void creds_chain_on_file(
    struct creds_chain *c, int64_t now, const struct creds_event *event, struct creds_action *out)
{
	bool first = c->step == STEP_CREDENTIALS_FILE;
	int rc = event->type == CREDS_FILE ? keep_file(first ? &c->credentials : &c->config, event)
					   : -event->error;

	if (rc && rc != -ENOENT) {
		creds_chain_note(c, CREDS_FROM_FILES, "%s: %s", c->path, strerror(-rc));
		return creds_chain_fail(out);
	}
	if (!first)
		return use_files(c, now, out);
	find_path(c, "AWS_CONFIG_FILE", "config");
	creds_chain_read(c, STEP_CONFIG_FILE, out);
}
