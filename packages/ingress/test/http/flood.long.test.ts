/**
 * Strangers against a server with a small heap: pipelined requests that nobody reads the answers of, idle connections, held
 * bodies, slow readers, headers that do not end. Probes are answered within a second, memory stays flat, and work goes on.
 */
import { setTimeout as delay } from "node:timers/promises"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import {
  call,
  firstOf,
  MB,
  PROBE_MS,
  probeFor,
  rss,
  sockets,
  startAttacked,
  stopAttacked,
  stranger,
} from "./flood/attacker.ts"

beforeEach(() => startAttacked())
afterEach(stopAttacked)

describe("a server under attack by strangers", () => {
  it("answers probes while 40 clients pipeline GET /metrics and never read", async () => {
    await call("/metrics")
    const before = await rss()
    const requests = Buffer.from("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2_000))
    let going = true
    const flood = async (): Promise<void> => {
      while (going) {
        const socket = await stranger()
        // As fast as it takes them; a new connection where this one was closed.
        while (going && !socket.destroyed) {
          if (!socket.write(requests)) await Promise.race([firstOf(socket, "drain", "close"), delay(200)])
          await delay(5)
        }
      }
    }
    const floods = Array.from({ length: 40 }, flood)
    const longest = await probeFor(4_000)
    const after = await rss()
    going = false
    for (const socket of sockets) socket.destroy()
    await Promise.all(floods)
    expect(longest).toBeLessThan(PROBE_MS)
    expect(after - before).toBeLessThan(160 * MB)
  })

  it("answers probes and takes messages beside 2,048 idle connections, and beside 2,500", async () => {
    await call("/metrics")
    const before = await rss()
    for (const count of [2_048, 2_500]) {
      while (sockets.length < count) await Promise.all(Array.from({ length: 64 }, stranger))
      expect(await probeFor(1_000)).toBeLessThan(PROBE_MS)
      expect((await call("/v1/messages", "POST", "a.b.c")).status).toBe(202)
    }
    expect((await rss()) - before).toBeLessThan(160 * MB)
  })

  it("holds no more than its bound of 300 bodies of 1 MB that do not end, and takes messages beside them", async () => {
    await call("/metrics")
    const before = await rss()
    const part = Buffer.alloc(MB - 1, "x")
    const head = `POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/jose\r\nContent-Length: ${MB}\r\n\r\n`
    for (let n = 0; n < 300; n++) {
      const socket = await stranger()
      socket.write(head)
      socket.write(part)
    }
    // The burst of 300 MB itself passes: libuv accepts one connection a turn. What is measured is what stays.
    await call("/livez")
    expect(await probeFor(2_000)).toBeLessThan(PROBE_MS)
    expect((await call("/v1/messages", "POST", "a.b.c")).status).toBe(202)
    expect((await call("/v1/messages", "POST", "x".repeat(MB))).status).toBe(202)
    expect((await rss()) - before).toBeLessThan(200 * MB)
  })

  it("does not hold 300 long answers that nobody reads", async () => {
    await call("/metrics")
    const before = await rss()
    for (let n = 0; n < 300; n++) (await stranger()).write("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
    expect(await probeFor(2_000)).toBeLessThan(PROBE_MS)
    expect((await rss()) - before).toBeLessThan(160 * MB)
  })

  it("holds little for each of 2,048 connections whose headers do not end", async () => {
    await call("/metrics")
    const before = await rss()
    // Node takes 16 KiB of headers; one more byte, and it answers 431.
    const headers = `GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(15 << 10)}`
    while (sockets.length < 2_048)
      await Promise.all(
        Array.from({ length: 64 }, async () => {
          const socket = await stranger()
          socket.write(headers)
        }),
      )
    expect(await probeFor(2_000)).toBeLessThan(PROBE_MS)
    expect((await call("/v1/messages", "POST", "a.b.c")).status).toBe(202)
    // What is bounded is 16 KiB each: the parser's headers, and what was read of the socket.
    expect((await rss()) - before).toBeLessThan(160 * MB)
  })
})
