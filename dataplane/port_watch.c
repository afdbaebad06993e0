/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What becomes of a port while it runs: link, speed, MTU, the device's own counts of what it lost,
 * its removal. A device that is gone is not touched again; its place is kept, for a restart. */
#include <errno.h>
#include <rte_ethdev.h>

#include "common/log.h"
#include "dataplane/port.h"
#include "dataplane/port_kernel.h"

/* What there is to see at one moment. */
struct look {
	bool link_up;
	uint32_t speed_mbps;
	uint32_t mtu; /* 0: nothing new */
};

static void look_at_device(const struct port *port, struct look *look)
{
	struct rte_eth_link link = {0};
	uint16_t mtu;

	look->link_up = port->link_up;
	look->speed_mbps = port->speed_mbps;
	if (rte_eth_link_get_nowait(port->id, &link) == 0) {
		look->link_up = link.link_status == RTE_ETH_LINK_UP;
		look->speed_mbps =
		    link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
	}
	if (!port->if_index && rte_eth_dev_get_mtu(port->id, &mtu) == 0)
		look->mtu = mtu;
}

/* -ENODEV: the interface is gone. */
static int look_at_kernel(const struct port *port, struct look *look)
{
	struct port_kernel kernel;
	int rc = port_kernel_look(port->if_index, &kernel);

	if (rc == 0) {
		look->link_up &= kernel.running;
		look->mtu = kernel.mtu;
	}
	return rc;
}

static void count_errors(struct port *port)
{
	struct rte_eth_stats stats;

	if (rte_eth_stats_get(port->id, &stats) < 0)
		return;
	port->rx_missed = stats.imissed + stats.rx_nombuf;
	port->rx_errors = stats.ierrors;
}

/* A device that is not to be used again: until a restart finds it anew. */
static unsigned lose(struct port *port)
{
	if (port->lost_said)
		return 0;
	atomic_store(&port->lost, true);
	port->lost_said = true;
	port->link_downs += port->link_up;
	port->link_up = false;
	port->speed_mbps = 0;
	log_error("port %s event=lost device=%s reason=\"the device was removed or reset; restart "
		  "cgw-dataplane when it is back\"",
	    port->name, port->device);
	return PORT_CHANGED_LINK;
}

static unsigned take_link(struct port *port, const struct look *look)
{
	uint32_t seen = atomic_load(&port->link_events);
	bool flapped = seen != port->link_events_seen && look->link_up == port->link_up;

	port->link_events_seen = seen;
	if (look->link_up != port->link_up) {
		port->link_downs += !look->link_up;
		log_notice("port %s event=link-%s speed=%u", port->name,
		    look->link_up ? "up" : "down", look->speed_mbps);
	} else if (flapped && look->link_up) {
		port->link_downs++;
		log_notice("port %s event=link-flap speed=%u", port->name, look->speed_mbps);
	}
	if (!flapped && look->link_up == port->link_up && look->speed_mbps == port->speed_mbps)
		return 0;
	port->link_up = look->link_up;
	port->speed_mbps = look->speed_mbps;
	return PORT_CHANGED_LINK;
}

static unsigned take_mtu(struct port *port, uint32_t mtu)
{
	uint32_t most = mtu < port->room ? mtu : port->room;

	if (!mtu || port->mtu_given || most == port->mtu)
		return 0;
	if (most < mtu)
		log_error("port %s event=mtu-too-large mtu=%u used=%u reason=\"the device or the "
			  "packet buffers of this run hold no more\"",
		    port->name, mtu, most);
	else
		log_notice("port %s event=mtu mtu=%u was=%u", port->name, most, port->mtu);
	port->mtu = most;
	return PORT_CHANGED_MTU;
}

unsigned port_watch(struct port *port)
{
	struct look look = {0};

	if (!port_usable(port))
		return lose(port);
	look_at_device(port, &look);
	if (port->if_index && look_at_kernel(port, &look) == -ENODEV)
		return lose(port);
	count_errors(port);
	return take_link(port, &look) | take_mtu(port, look.mtu);
}
