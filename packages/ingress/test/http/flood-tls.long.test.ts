/**
 * As flood.long.test.ts, where the server speaks TLS: connections that never begin the handshake, that stop in its middle, that end
 * with it and begin anew, and that stay idle behind it.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connect as connectTls, type TLSSocket } from "node:tls"
import { hasOpenssl, issue, makeAuthority } from "@assay/testkit/certificates"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import {
  call,
  firstOf,
  MB,
  PROBE_MS,
  port,
  probeFor,
  rss,
  sockets,
  startAttacked,
  stopAttacked,
  stranger,
} from "./flood/attacker.ts"

let dir = ""
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-tls-"))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Through the handshake, if the server lets it. */
const greeted = async (): Promise<TLSSocket> => {
  const socket = connectTls({ port: port(), host: "127.0.0.1", rejectUnauthorized: false })
  sockets.push(socket)
  socket.on("error", () => undefined)
  await firstOf(socket, "secureConnect", "close")
  return socket
}

/** The record header of a ClientHello of 512 bytes (RFC 8446, section 5.1), of which no more comes. */
const HALF_HELLO = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])

describe.runIf(hasOpenssl)("a server with TLS under attack by strangers", () => {
  beforeAll(() => {
    makeAuthority(dir, "authority")
    issue(dir, "authority", "server")
  })
  beforeEach(() => startAttacked(dir, "server"))
  afterEach(stopAttacked)

  it("answers probes and takes messages beside 2,500 connections that do not come to the end of a handshake", async () => {
    await call("/metrics")
    const before = await rss()
    while (sockets.length < 2_500)
      await Promise.all(
        Array.from({ length: 64 }, async (_, n) => {
          const socket = await stranger()
          if (n % 2 === 0) socket.write(HALF_HELLO)
        }),
      )
    expect(await probeFor(1_000)).toBeLessThan(PROBE_MS)
    expect((await call("/v1/messages", "POST", "a.b.c")).status).toBe(202)
    expect((await rss()) - before).toBeLessThan(300 * MB)
  })

  it("answers probes while handshakes end and begin anew, and beside connections that stay idle behind one", async () => {
    await call("/metrics")
    const before = await rss()
    let going = true
    const again = async (): Promise<void> => {
      while (going) (await greeted()).destroy()
    }
    const floods = Array.from({ length: 32 }, again)
    const longest = await probeFor(2_000)
    going = false
    await Promise.all(floods)
    expect(longest).toBeLessThan(PROBE_MS)
    for (let n = 0; n < 256; n += 32) await Promise.all(Array.from({ length: 32 }, greeted))
    expect(await probeFor(500)).toBeLessThan(PROBE_MS)
    expect((await rss()) - before).toBeLessThan(160 * MB)
  })
})
