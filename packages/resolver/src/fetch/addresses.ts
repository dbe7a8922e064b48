/**
 * Which addresses the public Internet has. Whoever publishes a DID chooses its host, and whoever runs the host's name server
 * chooses the address: it must lead to nothing that only this machine or its network can reach.
 */
import { BlockList, isIPv4, isIPv6 } from "node:net"

/** RFC 6890 and the IANA registry of special addresses, and the address under which Azure answers a machine about itself. */
const SPECIAL_V4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const

/**
 * Within 2000::/3, which alone is given out: protocol assignments with Teredo, documentation, 6to4 (which holds an IPv4
 * address), and the sinkhole of AS112.
 */
const SPECIAL_V6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["2620:4f:8000::", 48],
  ["3fff::", 20],
] as const

const special = new BlockList()
for (const [net, prefix] of SPECIAL_V4) special.addSubnet(net, prefix, "ipv4")
for (const [net, prefix] of SPECIAL_V6) special.addSubnet(net, prefix, "ipv6")

const global = new BlockList()
global.addSubnet("2000::", 3, "ipv6")

/**
 * Whether a packet to this address leaves for the public Internet. Of IPv6 only global unicast counts, so the forms that hold
 * an IPv4 address (mapped, compatible, NAT64) are refused as a whole, and so are scoped ones (`fe80::1%eth0`).
 */
export const isPublicAddress = (address: string): boolean => {
  if (isIPv4(address)) return !special.check(address, "ipv4")
  if (!isIPv6(address) || address.includes("%")) return false
  return global.check(address, "ipv6") && !special.check(address, "ipv6")
}
