/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which host serves an API in a region: the partitions of AWS and their domains.
 * Source: AWS General Reference, "AWS service endpoints"; botocore's partitions.json is the second
 * opinion in the tests. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define AWS_REGION     33 /* 32 characters of a-z 0-9 - */
#define AWS_HOST       128
#define AWS_HTTPS_PORT 443

/* 1 to 32 of a-z 0-9 and -, neither first nor last a hyphen. Regions are not listed: new ones
 * appear. */
bool aws_region_valid(const char *region);

/* "ec2", "ap-northeast-1" -> "ec2.ap-northeast-1.amazonaws.com". `dual_stack` asks for the name
 * that has IPv6 addresses too. -EINVAL for what cannot be a region, -ENOTSUP where the partition
 * has no dual-stack names. */
int aws_endpoint(const char *service, const char *region, bool dual_stack, char host[AWS_HOST]);

/* An endpoint as a person gives it: "https://vpce-0a1b.ec2.eu-west-1.vpce.amazonaws.com:8443", the
 * scheme, the port and one slash behind may be missing. Never another scheme, a path, a user.
 * -EINVAL. */
int aws_endpoint_parse(const char *text, char host[AWS_HOST], uint16_t *port);
