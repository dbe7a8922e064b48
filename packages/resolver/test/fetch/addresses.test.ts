import { describe, expect, it } from "vitest"
import { isPublicAddress } from "../../src/fetch/addresses.ts"

describe("addresses that documents may be had from", () => {
  it.each(["93.184.216.34", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:2800:220:1::1", "2a00:1450:4001::200e"])(
    "takes %s",
    (address) => expect(isPublicAddress(address)).toBe(true),
  )

  it.each([
    ["this machine", "127.0.0.1"],
    ["this machine", "127.255.255.254"],
    ["this machine", "::1"],
    ["no address", "0.0.0.0"],
    ["no address", "::"],
    ["private", "10.0.0.1"],
    ["private", "172.16.0.1"],
    ["private", "172.31.255.255"],
    ["private", "192.168.1.1"],
    ["shared", "100.64.0.1"],
    ["metadata of Alibaba", "100.100.100.200"],
    ["metadata", "169.254.169.254"],
    ["metadata of AWS", "fd00:ec2::254"],
    ["metadata of Azure", "168.63.129.16"],
    ["link-local", "fe80::1"],
    ["link-local with its scope", "fe80::1%eth0"],
    ["unique local", "fc00::1"],
    ["multicast", "224.0.0.1"],
    ["multicast", "ff02::1"],
    ["broadcast", "255.255.255.255"],
    ["mapped", "::ffff:127.0.0.1"],
    ["mapped", "::ffff:7f00:1"],
    ["mapped, of a public address", "::ffff:8.8.8.8"],
    ["compatible", "::127.0.0.1"],
    ["translated", "64:ff9b::7f00:1"],
    ["translated", "64:ff9b:1::7f00:1"],
    ["6to4", "2002:7f00:1::"],
    ["Teredo", "2001:0:7f00:1::"],
    ["documentation", "2001:db8::1"],
    ["a name", "localhost"],
    ["another form of an address", "0x7f000001"],
    ["another form of an address", "2130706433"],
    ["nothing", ""],
  ])("refuses one that is %s: %s", (_, address) => expect(isPublicAddress(address)).toBe(false))
})
