/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which host serves an API in a region: the partitions of AWS and their domains.
 * Source: AWS General Reference, "AWS service endpoints"; botocore's partitions.json is the second
 * opinion in the tests. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/endpoint.h"

#define AWS_REGION     33 /* 32 characters of a-z 0-9 - */
#define AWS_HOST       ENDPOINT_HOST
#define AWS_HTTPS_PORT ENDPOINT_PORT

/* 1 to 32 of a-z 0-9 and -, neither first nor last a hyphen. Regions are not listed: new ones
 * appear. */
bool aws_region_valid(const char *region);

/* "ec2", "ap-northeast-1" -> "ec2.ap-northeast-1.amazonaws.com". `dual_stack` asks for the name
 * that has IPv6 addresses too. -EINVAL for what cannot be a region, -ENOTSUP where the partition
 * has no dual-stack names. */
int aws_endpoint(const char *service, const char *region, bool dual_stack, char host[AWS_HOST]);
