/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Words that hold more than one value: ranges, pools, lists by commas. The types of the grammar
 * check by these, and the handlers read by them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/config/model_service.h"

struct read_ports {
	uint16_t low, high;
};

/* `a.b.c.d` or `a.b.c.d-e.f.g.h`, from low to high. */
bool read_range(const char *text, size_t bytes, struct config_range *out);

/* `OUTER=INNER`: an address each. */
bool read_pair(const char *word, struct config_range *outer, struct config_range *inner);

/* `a.b.c.d-e.f.g.h/MASK`: both ends in one network. */
bool read_pool(const char *word, struct config_range *pool, uint8_t *length);

/* Minutes from 1 on, `hh:mm`, or `infinity`. */
bool read_term(const char *word, uint32_t *minutes);

/* A port by number or name, `a-b`, `-b` or `a-`. */
bool read_port_range(const char *text, size_t bytes, struct read_ports *out);

/* `INNER` or `OUTER=INNER`, each as read_port_range() reads it and of one size. */
bool read_forward(const char *word, struct read_ports *outer, struct read_ports *inner);

/* Six octets of hexadecimal digits with colons between them. */
bool read_mac(const char *word, uint8_t mac[6]);

/* Two hexadecimal digits. */
bool read_octet(const char *text, uint8_t *out);

/* The next item of a list by commas: *at begins at the word and ends NULL. False at its end. */
bool read_item(const char **at, const char **item, size_t *bytes);
