/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The configuration file that AWS offers for a device, as an engine:
 *
 *   GetVpnConnectionDeviceTypes -> GetVpnConnectionDeviceSampleConfiguration */
#pragma once

#include "control/aws/task.h"

struct device_file;

enum device_file_kind { DEVICE_FILE_YAMAHA, DEVICE_FILE_GENERIC };

/* 0; -EINVAL for what is no id of a VPN connection, -ENOMEM; with a sentence. */
int device_file_new(
    const char *vpn_id, enum device_file_kind kind, struct device_file **out, char why[VPN_ERROR]);
struct aws_task *device_file_task(struct device_file *file);
/* After DONE: the file, with its keys; the engine's, wiped with it. */
const char *device_file_text(const struct device_file *file);
