/** Syslog over TCP and TLS: octet counts, a confirmation that the protocol does not have by itself, and marked repeats. */

import { type AddressInfo, createServer, type Socket } from "node:net"
import { join } from "node:path"
import { hasOpenssl, issue, makeAuthority } from "@assay/testkit/certificates"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { setUpSink } from "../../../src/sink/kinds.ts"
import type { Sink } from "../../../src/sink/sink.ts"
import { syslogSink } from "../../../src/sink/syslog/sink.ts"
import { parseSyslog } from "../../encode/siem/hostile.ts"
import { testDir } from "../../support.ts"
import { syslogItems } from "../items.ts"
import { startReceiver, unframe } from "./receiver.ts"

const opened = async (target: string): Promise<Sink> => {
  const sink = setUpSink(target).make({} as never)
  await sink.open()
  return sink
}
const keysOf = (messages: ReadonlyArray<string>) => messages.map((message) => parseSyslog(message).pairs.get("key"))
const keys = (count: number, from = 0) => Array.from({ length: count }, (_, nth) => `1/0/${from + nth}`)

it("octet counting is by octets, not characters", () => {
  const message = "<84>1 é"
  expect(unframe(Buffer.from(`${Buffer.byteLength(message)} ${message}9 half`))).toMatchObject({ messages: [message] })
})

describe("over TCP", () => {
  it("a batch is there when write resolves, because the receiver has read to the end", async () => {
    const receiver = await startReceiver(null)
    const sink = await opened(`syslog+tcp://127.0.0.1:${receiver.port}`)
    expect(await sink.write(syslogItems(200))).toEqual([])
    expect(keysOf(receiver.messages)).toEqual(keys(200))
    expect(await sink.write(syslogItems(3, 200))).toEqual([])
    expect(keysOf(receiver.messages)).toEqual(keys(203))
    await sink.close()
  })

  it("batches that come meanwhile share a connection", async () => {
    const receiver = await startReceiver(null)
    const sink = await opened(`syslog+tcp://127.0.0.1:${receiver.port}`)
    await Promise.all(Array.from({ length: 30 }, (_, nth) => sink.write(syslogItems(2, nth * 2))))
    expect(keysOf(receiver.messages).toSorted()).toEqual(keys(60).toSorted())
    expect(receiver.connections()).toBeLessThanOrEqual(3)
    await sink.close()
  })

  it("is refused while the receiver is away, and marks what may have come through before", async () => {
    const receiver = await startReceiver(null)
    const { port } = receiver
    const sink = await opened(`syslog+tcp://127.0.0.1:${port}`)
    await receiver.stop()
    await expect(sink.write(syslogItems(2))).rejects.toThrow("ECONNREFUSED")
    const again = await startReceiver(null, port)
    await sink.write(syslogItems(3))
    expect(again.messages.map((message) => parseSyslog(message).pairs.get("repeat"))).toEqual([
      "possible",
      "possible",
      undefined,
    ])
    await sink.write(syslogItems(3))
    expect(again.messages.slice(3).map((message) => parseSyslog(message).pairs.get("repeat"))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    await sink.write(syslogItems(1), true)
    expect(parseSyslog(again.messages.at(-1)!).pairs.get("repeat")).toBe("possible")
    await sink.close()
  })

  it("a receiver that dies with data unread has not confirmed it", async () => {
    const receiver = await startReceiver(null)
    receiver.onConnection = (socket) => {
      socket.pause()
      setTimeout(() => socket.resetAndDestroy(), 50)
    }
    const sink = await opened(`syslog+tcp://127.0.0.1:${receiver.port}`)
    await expect(sink.write(syslogItems(10))).rejects.toThrow(/the syslog receiver (broke|closed) the connection/)
    receiver.onConnection = () => undefined
    await sink.write(syslogItems(10))
    expect(keysOf(receiver.messages)).toEqual(keys(10))
    await sink.close()
  })

  it("a receiver that stands still is waited for so long and no longer", async () => {
    const receiver = await startReceiver(null)
    receiver.reading(false)
    const sink = await opened(`syslog+tcp://127.0.0.1:${receiver.port}?timeout=1`)
    await expect(sink.write(syslogItems(5))).rejects.toThrow("did not confirm that it read everything within 1000 ms")
    receiver.reading(true)
    await sink.write(syslogItems(5))
    await vi.waitFor(() => expect(new Set(keysOf(receiver.messages))).toEqual(new Set(keys(5))))
    await sink.close()
  })

  it("with confirm=sent, one connection lasts", async () => {
    const receiver = await startReceiver(null)
    const sink = await opened(`syslog+tcp://127.0.0.1:${receiver.port}?confirm=sent`)
    for (let nth = 0; nth < 5; nth++) await sink.write(syslogItems(1, nth))
    await vi.waitFor(() => expect(keysOf(receiver.messages)).toEqual(keys(5)))
    expect(receiver.connections()).toBe(1)
    await sink.close()
  })
})

describe.skipIf(!hasOpenssl)("over TLS", () => {
  it("trusts the authority that is named and no other, and shows who it is", async () => {
    const dir = testDir()
    makeAuthority(dir, "ca")
    makeAuthority(dir, "other")
    const receiver = await startReceiver(issue(dir, "ca", "siem"))
    const target = `syslog+tls://127.0.0.1:${receiver.port}`
    const stranger = await opened(`${target}?ca=${join(dir, "other.pem")}`)
    await expect(stranger.write(syslogItems(1))).rejects.toThrow(/certificate/)
    expect(receiver.messages).toEqual([])
    const sink = await opened(`${target}?ca=${join(dir, "ca.pem")}`)
    for (let nth = 0; nth < 4; nth++) await sink.write(syslogItems(100, nth * 100))
    expect(keysOf(receiver.messages)).toEqual(keys(400))
    await sink.close()
  })

  it("says which file is missing", async () => {
    const sink = setUpSink("syslog+tls://127.0.0.1:6514?ca=/no/such/ca.pem").make({} as never)
    await expect(sink.open()).rejects.toThrow("ca: the file /no/such/ca.pem cannot be read (ENOENT)")
  })
})

describe("a receiver that answers too late", () => {
  it("breaks the one try, which gives its connection up: what that comes to afterwards ends no process", async () => {
    // Takes connections and never speaks: a TLS client waits for its answer.
    const taken: Array<Socket> = []
    const server = createServer((socket) => {
      socket.on("error", () => undefined)
      taken.push(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const sink = syslogSink("late", {
      confirm: "close",
      receiver: () => ({ host: "127.0.0.1", port, timeoutMs: 50, tls: {} }),
    })
    await sink.open()
    await expect(sink.write(syslogItems(1))).rejects.toThrow("did not answer within 50 ms")
    await vi.waitFor(() => expect(taken).toHaveLength(1))
    taken[0]!.resume()
    await vi.waitFor(() => expect(taken[0]!.closed || taken[0]!.readableEnded).toBe(true))
    await sink.close()
  })

  it("and a reset of a connection that nobody waits for any more is heard by nobody", async () => {
    const taken: Array<Socket> = []
    const server = createServer((socket) => {
      socket.on("error", () => undefined)
      taken.push(socket)
      setTimeout(() => socket.resetAndDestroy(), 100)
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const sink = syslogSink("late", {
      confirm: "close",
      receiver: () => ({ host: "127.0.0.1", port, timeoutMs: 50, tls: {} }),
    })
    await sink.open()
    await expect(sink.write(syslogItems(1))).rejects.toThrow("did not answer within 50 ms")
    await vi.waitFor(() => expect(taken[0]?.closed).toBe(true))
    await sink.close()
  })
})
