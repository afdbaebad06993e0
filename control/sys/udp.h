/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A UDP socket on the loop: whole datagrams in, whole datagrams out. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/ip.h"

#define UDP_DATAGRAM_BYTES 65535

struct udp_socket;

/* One datagram; `data` is valid during the call. Ports in host order. */
typedef void udp_receive_fn(
    void *ctx, const void *data, size_t bytes, const struct ip_addr *src, uint16_t src_port);

/* Binds to `local`:`port`, an address that must be this machine's. Don't-fragment is off: an IKE
 * datagram larger than the path goes in IP fragments. 0 or -errno. */
int udp_open(uv_loop_t *loop, const struct ip_addr *local, uint16_t port, udp_receive_fn *receive,
    void *ctx, struct udp_socket **out);

/* Sends at once or not at all: a datagram that the kernel refuses is lost, as on the wire. `head`
 * (may be NULL) goes in front of `data` in the same datagram. 0 or -errno. */
int udp_send(struct udp_socket *socket, const void *head, size_t head_bytes, const void *data,
    size_t bytes, const struct ip_addr *dst, uint16_t dst_port);

/* Closes and frees, on the next turn of the loop; no call of `receive` from here on. */
void udp_close(struct udp_socket *socket);
