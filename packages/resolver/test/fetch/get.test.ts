import { gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { getter, hostsOf, type Place } from "../../src/index.ts"
import { HOST, hasOpenssl, startServer } from "./hostile-server.ts"

const PLACE: Place = { host: HOST, path: "/did.jsonl", maximum: 1_000, types: ["text/jsonl", "text/plain"] }

describe.skipIf(!hasOpenssl)("fetching from a server that answers", () => {
  it("takes a document of an allowed type", async () => {
    const { options, asked } = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/jsonl; charset=utf-8" })
      response.end("{}")
    })
    expect(String(await getter(options)(PLACE))).toBe("{}")
    expect(asked).toEqual(["/did.jsonl"])
  })

  it.each([
    [404, "not_found"],
    [410, "not_found"],
    [500, "unreachable"],
    [429, "unreachable"],
    [403, "refused"],
    [204, "refused"],
  ])("names an answer of %i: %s", async (status, reason) => {
    const { options } = await startServer((_, response) => {
      response.writeHead(status, { "content-type": "text/plain" })
      response.end()
    })
    expect(await getter(options)(PLACE)).toMatchObject({ reason })
  })

  it("follows no redirect", async () => {
    const { options, asked } = await startServer((_, response) => {
      response.writeHead(302, { location: "https://169.254.169.254/latest/meta-data/" })
      response.end()
    })
    expect(await getter(options)(PLACE)).toMatchObject({ reason: "refused" })
    expect(asked).toHaveLength(1)
  })

  it("refuses a body that is compressed, without unpacking a byte of it", async () => {
    const { options } = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/jsonl", "content-encoding": "gzip" })
      response.end(gzipSync(Buffer.alloc(50_000_000)))
    })
    expect(await getter(options)(PLACE)).toMatchObject({ reason: "refused" })
  })

  it("refuses another type", async () => {
    const { options } = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/html" })
      response.end("<html>")
    })
    expect(await getter(options)(PLACE)).toMatchObject({
      reason: "refused",
      detail: expect.stringContaining("text/html"),
    })
  })

  it("stops reading a body that is too large, said or not", async () => {
    const said = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/plain", "content-length": "1001" })
      response.end("x".repeat(1_001))
    })
    expect(await getter(said.options)(PLACE)).toMatchObject({ reason: "too_large" })
    let written = 0
    const endless = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/plain" })
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536))) written++
      }
      response.on("drain", more)
      more()
    })
    expect(await getter(endless.options)(PLACE)).toMatchObject({ reason: "too_large" })
    expect(written).toBeLessThan(1_000)
  })

  it("gives up on a server that is silent, or speaks byte by byte", async () => {
    const silent = await startServer(() => undefined)
    expect(await getter({ ...silent.options, timeoutMs: 300 })(PLACE)).toMatchObject({ reason: "unreachable" })
    const slow = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/plain" })
      const timer = setInterval(() => response.write("x"), 20)
      response.on("close", () => clearInterval(timer))
    })
    expect(await getter({ ...slow.options, timeoutMs: 300 })(PLACE)).toMatchObject({ reason: "unreachable" })
  })

  it("gives up on a name server that is silent", async () => {
    const { options, asked } = await startServer((_, response) => response.end())
    const never = { ...options, timeoutMs: 200, resolveName: () => new Promise<never>(() => undefined) }
    expect(await getter(never)(PLACE)).toMatchObject({ reason: "unreachable" })
    expect(asked).toHaveLength(0)
  })

  it("refuses headers without end", async () => {
    const { options } = await startServer((_, response) => {
      response.writeHead(200, { "content-type": "text/plain", "x-long": "x".repeat(12_000) })
      response.end("{}")
    })
    expect(await getter(options)(PLACE)).toMatchObject({ reason: "unreachable" })
  })

  it("asks no host that no line allows, and none at an address that its line does not", async () => {
    const { options, asked, port } = await startServer((_, response) => response.end())
    expect(await getter(options)({ ...PLACE, host: "other.example" })).toMatchObject({ reason: "not_allowed" })
    expect(await getter(options)({ ...PLACE, host: "127.0.0.1" })).toMatchObject({ reason: "not_allowed" })
    const open = { ...options, hosts: hostsOf([`${HOST}:${port}`]) }
    expect(await getter(open)(PLACE)).toMatchObject({
      reason: "not_allowed",
      detail: expect.stringContaining("127.0.0.1"),
    })
    expect(asked).toHaveLength(0)
  })

  it("refuses a name of which one address is private, and connects to what was checked: a second answer counts nothing", async () => {
    const { options, asked } = await startServer((_, response) => response.end())
    const mixed = async () => [
      { address: "127.0.0.1", family: 4 },
      { address: "10.0.0.1", family: 4 },
    ]
    expect(await getter({ ...options, resolveName: mixed })(PLACE)).toMatchObject({ reason: "not_allowed" })
    expect(asked).toHaveLength(0)
    let answers = 0
    const rebinding = async () => [{ address: answers++ === 0 ? "127.0.0.1" : "10.0.0.1", family: 4 }]
    await getter({ ...options, resolveName: rebinding })(PLACE)
    expect(answers).toBe(1)
    expect(asked).toHaveLength(1)
  })

  it("asks no name server where the line of the host names its address", async () => {
    const { options, asked, port } = await startServer((_, response) => response.end())
    const resolveName = () => Promise.reject(new Error("a name server was asked"))
    await getter({ ...options, resolveName, hosts: hostsOf([`${HOST}:${port}@127.0.0.1/32`]) })(PLACE)
    expect(asked).toHaveLength(1)
  })

  it("refuses a certificate of another name, and one of an authority that it does not know", async () => {
    const { options, asked, port } = await startServer((_, response) => response.end())
    const other = "other.test.example"
    const named = { ...options, hosts: hostsOf([`${other}:${port}@127.0.0.0/8`]) }
    expect(await getter(named)({ ...PLACE, host: other })).toMatchObject({ reason: "unreachable" })
    const { ca: _, ...unknown } = options
    expect(await getter(unknown)(PLACE)).toMatchObject({ reason: "unreachable" })
    expect(asked).toHaveLength(0)
  })
})
