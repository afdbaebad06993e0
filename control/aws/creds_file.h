/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The shared files of the AWS tools: ~/.aws/credentials and ~/.aws/config.
 * Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files". */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "control/aws/creds.h"
#include "control/aws/endpoint.h"

#define CREDS_FILE_BYTES 262144 /* a longer file is refused */
#define CREDS_NAME       65
#define CREDS_ARN        257
#define CREDS_TEXT       200 /* a sentence for a person; never a value of a key */

/* What a profile says; "" = nothing. */
struct creds_profile {
	bool found; /* its section is there */
	char access_key[CREDS_KEY], secret_key[CREDS_KEY], token[CREDS_TOKEN];
	char role_arn[CREDS_ARN];
	char external_id[CREDS_KEY];
	char session_name[CREDS_NAME];
	char source_profile[CREDS_NAME];
	char credential_source[CREDS_NAME]; /* "Environment", "Ec2InstanceMetadata", "EcsContainer"
					     */
	char region[AWS_REGION];
	unsigned duration_seconds; /* of a role's session, 0 = default */
};

enum creds_file_kind { CREDS_FILE_CREDENTIALS, CREDS_FILE_CONFIG };

/* Adds to `out` what the file says of `profile`: "[name]" in the credentials file, "[profile name]"
 * in the config file, "[default]" in both. What `out` has already is kept, so that the credentials
 * file, read first, prevails. Unknown keys and other sections are passed over. 0, or -EBADMSG with
 * a sentence that names the line: no file of this form, a value too long, a key twice. */
int creds_file_read(const char *text, size_t bytes, enum creds_file_kind kind, const char *profile,
    struct creds_profile *out, char why[CREDS_TEXT]);
