-- SPDX-License-Identifier: BSD-3-Clause
--
-- Pktgen-DPDK (23.x): port 0 sends to the first engine, port 1 counts what the second one lets out.
-- For each size and rate one line: what was sent, what came back, what was lost. README.md has the
-- command line. The destination MAC is that of the engine's lan1: set CGW_MAC in the environment.

package.path = package.path .. ";?.lua;test/?.lua;app/?.lua;../?.lua"
require "Pktgen"

local sizes = { 64, 128, 512, 1024, 1400 } -- bytes of the IP packet
local rates = { 1, 10, 50, 100 }           -- percent of what the port believes of itself
local seconds = tonumber(os.getenv("CGW_SECONDS") or "5")
local mac = os.getenv("CGW_MAC") or error("set CGW_MAC to the MAC of the engine's lan1")

local function set_up()
	pktgen.set_mac("0", "dst", mac)
	pktgen.set_ipaddr("0", "src", "10.254.0.1/16")
	pktgen.set_ipaddr("0", "dst", "10.253.0.1")
	pktgen.set_proto("0", "udp")
	pktgen.set("0", "count", 0)
end

local function run(size, rate)
	pktgen.clr()
	pktgen.set("0", "size", size + 18) -- Pktgen counts the frame with its checksum
	pktgen.set("0", "rate", rate)
	pktgen.start("0")
	pktgen.delay(seconds * 1000)
	pktgen.stop("0")
	pktgen.delay(1000)
	local sent = pktgen.portStats("0", "port")[0].opackets
	local received = pktgen.portStats("1", "port")[1].ipackets
	printf("size %5d rate %3d offered %12d forwarded %12d lost %10d Mpps %.3f\n", size, rate, sent, received,
		sent - received, received / seconds / 1e6)
end

set_up()
for _, size in ipairs(sizes) do
	for _, rate in ipairs(rates) do
		run(size, rate)
	end
end
pktgen.quit()
