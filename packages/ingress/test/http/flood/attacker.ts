/** A server of one test in a process of its own, with a small heap, and strangers who do to it whatever the test lets them do. */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { type RequestOptions, request } from "node:http"
import { request as tlsRequest } from "node:https"
import { connect, type Socket } from "node:net"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { expect } from "vitest"

/** It has to hold with less than the gigabyte of the attack that these tests repeat. */
const HEAP_MB = 192
export const MB = 1 << 20
/** What a probe may take (issue: within a second). */
export const PROBE_MS = 1_000

let child: ChildProcess
let url: URL
export const sockets: Array<Socket> = []

const answerOf = async (): Promise<Record<string, unknown>> => {
  const [message] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code, signal]) => {
      throw new Error(`the server ended: ${code ?? signal}`)
    }),
  ])
  return message as Record<string, unknown>
}

export const rss = async (): Promise<number> => {
  child.send("memory")
  return (await answerOf())["rss"] as number
}

/** @param pair directory and name of a certificate and its key; plain HTTP where left out */
export const startAttacked = async (...pair: ReadonlyArray<string>): Promise<void> => {
  const script = fileURLToPath(new URL("server.ts", import.meta.url))
  child = fork(script, pair, { execArgv: [`--max-old-space-size=${HEAP_MB}`] })
  url = new URL((await answerOf())["url"] as string)
}

/** Fails where the server did not live to see it. */
export const stopAttacked = async (): Promise<void> => {
  const gone = child.exitCode ?? child.signalCode
  for (const socket of sockets.splice(0)) socket.destroy()
  if (gone === null) {
    const exited = once(child, "exit")
    child.disconnect()
    await exited
  }
  expect(gone, "the server lives").toBeNull()
}

/** Resolves at the first of these events; an error of a socket comes before its `close`. */
export const firstOf = (socket: Socket, ...events: ReadonlyArray<string>): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      for (const event of events) socket.off(event, done)
      resolve()
    }
    for (const event of events) socket.once(event, done)
  })

/** A connection that never reads an answer unless it is asked to. Whatever the server does to it is no failure of the test. */
export const stranger = async (): Promise<Socket> => {
  const socket = connect(port(), url.hostname)
  sockets.push(socket)
  socket.on("error", () => undefined)
  socket.pause()
  await firstOf(socket, "connect", "close")
  return socket
}

export const port = (): number => Number(url.port)

interface Got {
  readonly status: number
  readonly body: string
  readonly ms: number
}

export const call = (path: string, method = "GET", body = ""): Promise<Got> => {
  const began = performance.now()
  const isTls = url.protocol === "https:"
  const options: RequestOptions = { method, agent: false, timeout: 20_000 }
  return new Promise((resolve, reject) => {
    const take = isTls ? tlsRequest : request
    const sent = take(
      new URL(path, url),
      { ...options, ...(isTls ? { rejectUnauthorized: false } : {}) },
      (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part
        })
        response.once("end", () => resolve({ status: response.statusCode!, body: text, ms: performance.now() - began }))
        response.once("error", reject)
      },
    )
    sent.once("timeout", () => sent.destroy(new Error(`${path} did not answer`)))
    sent.once("error", reject)
    sent.end(body)
  })
}

/**
 * Milliseconds of processor time that the server has used. On a machine that is busy with other work, a clock on the wall
 * measures that work; what a probe waits for in the server itself is what the server does meanwhile.
 */
const serverCpu = (): number => {
  const [, fields = ""] = readFileSync(`/proc/${child.pid}/stat`, "latin1").split(") ")
  const [user, system] = fields.split(" ").slice(11, 13)
  return (Number(user) + Number(system)) * 10
}

/** Asks for both probes again and again. @returns the longest time that the server took to answer, milliseconds */
export const probeFor = async (ms: number): Promise<number> => {
  let longest = 0
  for (const until = performance.now() + ms; performance.now() < until; await delay(50))
    for (const path of ["/livez", "/readyz"]) {
      const before = serverCpu()
      const got = await call(path)
      expect(got.status).toBe(200)
      longest = Math.max(longest, Math.min(got.ms, serverCpu() - before))
    }
  return longest
}
