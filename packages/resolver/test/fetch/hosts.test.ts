import { describe, expect, it } from "vitest"
import { hostsOf, isHostName } from "../../src/fetch/hosts.ts"

describe("host names", () => {
  it.each(["example.com", "id.plant-1.example", "xn--bcher-kva.example"])("takes %s", (host) =>
    expect(isHostName(host)).toBe(true),
  )

  it.each([
    "localhost",
    "127.0.0.1",
    "0x7f.1",
    "127.1",
    "2130706433",
    "a.0x7f000001",
    "::1",
    "[::1]",
    "Example.com",
    "example.com.",
    ".example.com",
    "-a.example",
    "a b.example",
    "a%2e.example",
    `${"a".repeat(64)}.example`,
    "",
  ])("refuses %s", (host) => expect(isHostName(host)).toBe(false))
})

describe("allowed hosts", () => {
  it("allows a host that is named, at public addresses", () => {
    const found = hostsOf(["id.example.com"])("id.example.com")
    expect(found?.port).toBe(443)
    expect(found?.isAllowedAddress("8.8.8.8")).toBe(true)
    expect(found?.isAllowedAddress("10.0.0.1")).toBe(false)
    expect(hostsOf(["id.example.com"])("other.example.com")).toBe(null)
    expect(hostsOf([])("id.example.com")).toBe(null)
  })

  it("allows hosts below a name, and not the name itself", () => {
    const hosts = hostsOf(["*.example.com"])
    expect(hosts("a.example.com")).not.toBe(null)
    expect(hosts("b.a.example.com")).not.toBe(null)
    expect(hosts("example.com")).toBe(null)
    expect(hosts("evilexample.com")).toBe(null)
  })

  it("holds a host to its network and port, and prefers the line that names it", () => {
    const hosts = hostsOf(["*.plant.example", "id.plant.example:8443@10.1.0.0/16"])
    const found = hosts("id.plant.example")
    expect(found?.port).toBe(8443)
    expect(found?.isAllowedAddress("10.1.2.3")).toBe(true)
    expect(found?.isAllowedAddress("10.2.0.1")).toBe(false)
    expect(found?.isAllowedAddress("8.8.8.8")).toBe(false)
    expect(found?.isAllowedAddress("::ffff:10.1.2.3")).toBe(false)
  })

  it.each([
    "localhost",
    "127.0.0.1",
    "*",
    "*.com:99999",
    "a.example@10.0.0.0",
    "a.example@10.0.0.0/33",
    "https://a.example",
  ])("refuses the line %s", (line) => expect(() => hostsOf([line])).toThrow(TypeError))
})
