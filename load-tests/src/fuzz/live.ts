/**
 * The live route: a node in a process of its own with little memory gets broken HTTP, mutated messages and knowledge. It
 * must stay alive, answer within a bound, take no more memory, verify nothing that no device signed, and still decide an
 * honest message at the end.
 */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { randomOf } from "@assay/fleet"
import { freePorts } from "@assay/infra/kafka"
import { COMMAND, HTTP } from "@assay/settings"
import { cleanEnvironment, MAIN, NODE } from "../cluster/assay.ts"
import { sumOf } from "../faults/process-counters.ts"
import { mutated } from "./mutate.ts"
import type { Finding } from "./target.ts"
import { devices, world } from "./world.ts"

export const LIVE = "live-route"
const HEAP_MB = 256
/** A request may take so long, milliseconds, also on a busy machine. */
const ANSWER_MS = 20_000
/** How long an answer may take before the request counts as one without an end. */
const UNFINISHED_MS = 500
const LIVEZ_MS = 5_000
/** Beyond what the node had after its first hundred requests. */
const MAX_GROWTH = 512 << 20
const START_MS = 60_000

export interface LiveReport {
  readonly requests: number
  /** Answered with 2xx. */
  readonly taken: number
  readonly slowestLivezMs: number
  readonly grownBytes: number
  readonly findings: ReadonlyArray<Finding>
}

const HOST = HTTP.httpHost.fallback
const urlOf = (port: number): string => `http://${HOST}:${port}`

const post = (path: string, type: string, body: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nhost: ${HOST}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n`,
    ),
    body,
  ])

interface Part {
  readonly path: string
  readonly type: string
  readonly body: Uint8Array
}

const TOKENS = devices.flatMap((device) => [device.message().bytes, device.presentation().bytes])
const BODIES: ReadonlyArray<Part> = [
  ...TOKENS.map((body) => ({ path: "/v1/messages", type: "application/jose", body })),
  { path: "/v1/messages", type: "text/plain", body: Buffer.from(TOKENS.join("\n")) },
  { path: "/v1/admin/knowledge/bundle", type: "application/vnd.dsse.envelope+json", body: world.signedBundle },
  { path: "/v1/admin/knowledge/policy", type: "application/vnd.dsse.envelope+json", body: world.signedPolicy },
  { path: "/v1/admin/control", type: "application/json", body: Buffer.from(JSON.stringify({ tokens: ["a.b.c"] })) },
]
const PATHS = ["/livez", "/readyz", "/metrics", `/v1/devices/${devices[0]!.did}`, "/v1/streams?stream=verified"]
const REQUESTS: ReadonlyArray<Buffer> = [
  ...BODIES.map(({ path, type, body }) => post(path, type, body)),
  ...PATHS.map((path) => Buffer.from(`GET ${path} HTTP/1.1\r\nhost: ${HOST}\r\n\r\n`)),
]

/** First the valid ones; then, turn by turn, a broken body in a right request, and a request that is broken itself. */
const requestOf = (seed: string, n: number): Buffer => {
  const random = randomOf(`${seed} ${LIVE} ${n}`)
  if (n < REQUESTS.length) return REQUESTS[n]!
  if (n % 2 === 0) return mutated(REQUESTS, random)
  const { path, type, body } = random.pick(BODIES)
  return post(path, type, mutated([body], random))
}

/** Sends the bytes as they are. Resolves with the answer's first line, or "" where the other side closed without one. */
const send = (port: number, bytes: Uint8Array): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, HOST)
    let answer = ""
    const done = (): void => {
      clearTimeout(unfinished)
      socket.destroy()
      resolve(answer.split("\r\n", 1)[0]!)
    }
    // The server waits for the end of a request that lacks one, and node:http drops one whose sender closes early: so this
    // side says that nothing more comes when it had its answer, or when none came for a while.
    const unfinished = setTimeout(() => socket.end(), UNFINISHED_MS)
    socket.on("connect", () => socket.write(bytes))
    socket.on("data", (chunk) => {
      socket.end()
      answer = `${answer}${chunk.toString("latin1")}`.slice(0, 64)
    })
    socket.on("close", done)
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") reject(new Error("the node does not listen any more"))
      else done() // it closed while we still sent: its right
    })
    socket.setTimeout(ANSWER_MS, () => {
      socket.destroy()
      reject(new Error(`no answer within ${ANSWER_MS / 1000} s`))
    })
  })

const livez = async (port: number): Promise<number> => {
  const from = performance.now()
  const response = await fetch(`${urlOf(port)}/livez`, { signal: AbortSignal.timeout(ANSWER_MS) })
  await response.arrayBuffer()
  return performance.now() - from
}

/** Resident memory from the node's own metrics, bytes. */
const memoryOf = async (port: number): Promise<number> => {
  const text = await (await fetch(`${urlOf(port)}/metrics`)).text()
  const bytes = sumOf(text, "process_memory_usage_bytes")
  if (bytes === 0) throw new Error("the node's metrics do not say how much memory it takes")
  return bytes
}

const startNode = async (dir: string, port: number) => {
  const child = spawn(NODE, [`--max-old-space-size=${HEAP_MB}`, MAIN, "up", dir], {
    env: { ...cleanEnvironment(), [HTTP.httpPort.key]: String(port), [COMMAND.url.key]: urlOf(port) },
    stdio: ["ignore", "ignore", "pipe"],
  })
  const state = { ended: null as string | null, words: "" }
  child.stderr.on("data", (chunk) => {
    state.words = `${state.words}${chunk}`.slice(-4_000)
  })
  child.on("exit", (code, signal) => {
    state.ended = `ended with ${code ?? signal}: ${state.words}`
  })
  for (const until = Date.now() + START_MS; ; await sleep(100)) {
    if (state.ended !== null) throw new Error(`the node ${state.ended}`)
    if (Date.now() > until) throw new Error(`the node is not ready after ${START_MS / 1000} s: ${state.words}`)
    const ready = await fetch(`${urlOf(port)}/readyz`).catch(() => null)
    if (ready?.status === 200) return { child, state }
  }
}

/** Valid requests are taken, or refused for what they say: foreign knowledge, an unreadable command, an unknown device. */
const isExpected = (line: string): boolean => /^HTTP\/1.1 (2|400|404|409|422)/.test(line)

/** At the end an honest message must still be taken. */
const honest = async (port: number): Promise<string | null> => {
  const device = world.device("honest")
  const response = await fetch(`${urlOf(port)}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/jose" },
    body: new Uint8Array(device.presentation().bytes),
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  const body = await response.text()
  return response.status === 202 ? null : `an honest message got ${response.status}: ${body}`
}

export const fuzzLive = async (
  seed: string,
  requests: number,
  progress: (line: string) => void,
): Promise<LiveReport> => {
  const dir = mkdtempSync(join(tmpdir(), "assay-fuzz-"))
  const port = await freePorts(1)
  const findings: Array<Finding> = []
  let [taken, slowestLivezMs, base, grown] = [0, 0, 0, 0]
  const { child, state } = await startNode(join(dir, "plant"), port)
  try {
    for (let n = 0; n < requests && findings.length === 0; n++) {
      const bytes = requestOf(seed, n)
      const found = (problem: string): void => {
        findings.push({ target: LIVE, input: `request ${n}`, problem, bytes: Buffer.from(bytes).toString("base64") })
      }
      try {
        const line = await send(port, bytes)
        if (line.startsWith("HTTP/1.1 2")) taken++
        if (n < REQUESTS.length && !isExpected(line)) found(`a valid request was answered ${line}`)
        if (/^HTTP\/1.1 5(?!03)/.test(line)) found(`answered ${line}`)
        if (n % 100 !== 99) continue
        progress(`${LIVE}: ${n + 1} of ${requests}`)
        slowestLivezMs = Math.max(slowestLivezMs, await livez(port))
        if (slowestLivezMs > LIVEZ_MS) found(`/livez took ${Math.round(slowestLivezMs)} ms`)
        const memory = await memoryOf(port)
        base = base === 0 ? memory : base
        grown = Math.max(grown, memory - base)
        if (grown > MAX_GROWTH) found(`the node's memory grew by ${Math.round(grown / 2 ** 20)} MB`)
      } catch (error) {
        found(state.ended === null ? (error as Error).message : `the node ${state.ended}`)
      }
    }
    const refused = findings.length > 0 ? null : await honest(port)
    if (refused !== null) findings.push({ target: LIVE, input: "the end", problem: refused, bytes: "" })
  } finally {
    child.kill("SIGKILL")
    rmSync(dir, { recursive: true, force: true })
  }
  return { requests, taken, slowestLivezMs, grownBytes: grown, findings }
}
