/** The embedded engine: one process writes it, so it judges in this one; over HTTP in a process of its own. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { type BatchDone, publishKnowledge, type Topology } from "@assay/engine"
import { freePorts } from "@assay/infra/kafka"
import { openEmbedded } from "@assay/log/embedded"
import { type OpenNode, openNode } from "@assay/node"
import { COMMAND, HTTP, NODE } from "@assay/settings"
import { cleanEnvironment } from "../cluster/assay.ts"
import { Instance } from "../cluster/instance.ts"
import { startWatchdog } from "../cluster/watchdog.ts"
import { type Watching, watchDecisions } from "./decisions.ts"
import { sendOverHttp } from "./http.ts"
import { sendToLog, type Target, untilSettled } from "./target.ts"
import { waitsOfEach } from "./waits.ts"
import type { Workload } from "./workload.ts"

export interface EmbeddedTargetOptions {
  readonly topology: Topology
  readonly partitions: number
  readonly via: "log" | "http"
  readonly workload: Workload
}

const TICK_MS = 1_000
const READY_MS = 60_000

/** Resolves when the node judges by the workload's knowledge. */
export const openEmbeddedTarget = (options: EmbeddedTargetOptions): Promise<Target> =>
  options.via === "http" ? openOverHttp(options) : openInside(options)

const openInside = async ({ topology, partitions, workload }: EmbeddedTargetOptions): Promise<Target> => {
  const dir = mkdtempSync(join(tmpdir(), "assay-bench-"))
  let onDecided: ((partition: number, offset: number, now: number) => void) | null = null
  let problem: string | null = null
  let batches: Array<BatchDone> = []
  const onBatch = (done: BatchDone): void => {
    batches.push(done)
    const { decided } = done
    if (onDecided === null) return
    const now = performance.now()
    for (const { origin } of decided) onDecided(origin.partition, origin.offset, now)
  }
  const open = (): Promise<OpenNode> =>
    openNode(SERVICES, {
      dir,
      partitions,
      roots: workload.world.rootSet,
      topology,
      tickMs: TICK_MS,
      seal: false,
      workers: null,
      onBatch,
      onProblem: (what, cause) => {
        problem ??= `${what}: ${String(cause)}`
      },
    })
  let opened = await open()
  for (const [kind, body] of workload.world.signedItems) await publishKnowledge(opened.log, kind, body)
  return {
    engine: "embedded",
    topology,
    via: "log",
    processes: [{ name: "assay and generator", pid: process.pid }],
    get log() {
      return opened.log
    },
    send: (messages) => sendToLog(opened.log)(messages),
    watch: async (onOrigin) => {
      onDecided = onOrigin
    },
    batches: () => {
      const groups = Map.groupBy(batches, ({ group }) => group)
      batches = []
      return Object.fromEntries([...groups].map(([group, own]) => [group, waitsOfEach(own)]))
    },
    standing: async (fill) => {
      await opened.settled()
      await opened.close()
      const log = await openEmbedded({ dir })
      await fill(sendToLog(log))
      await log.close()
      const at = performance.now() // reading the states again is part of a standing start
      opened = await open()
      return at
    },
    settled: async () => {
      const at = await untilSettled(opened.log, topology)
      if (problem !== null) throw new Error(`${problem}: what was measured says nothing`)
      return at
    },
    close: async () => {
      await opened.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

const openOverHttp = async ({ topology, partitions, workload }: EmbeddedTargetOptions): Promise<Target> => {
  const dir = mkdtempSync(join(tmpdir(), "assay-bench-"))
  const data = join(dir, "data")
  mkdirSync(data)
  const rootsFile = join(dir, COMMAND.roots.fallback)
  writeFileSync(rootsFile, JSON.stringify(workload.world.rootSet))
  // The knowledge goes in before the process starts: from then on it alone may write.
  const first = await openEmbedded({ dir: data, partitions })
  for (const [kind, body] of workload.world.signedItems) await publishKnowledge(first, kind, body)
  await first.close()
  const port = await freePorts(1)
  const node = new Instance({
    name: "assay",
    service: "assay",
    port,
    args: ["run", "--roots", rootsFile, "--data", data, "--topology", topology],
    env: {
      ...cleanEnvironment(),
      [NODE.seal.key]: "off",
      [HTTP.httpPort.key]: String(port),
      [HTTP.quotaPerSecond.key]: "10000000",
      [HTTP.maxBacklog.key]: "1000000000",
    },
    logFile: join(dir, "assay.log"),
    watchdog: startWatchdog(join(dir, "pids"), rootsFile),
    onExit: ({ how, words }) => {
      problem ??= `assay ended by itself (${how}): ${words}`
    },
  })
  let problem: string | null = null
  let watching: Watching | null = null
  let onDecided: Parameters<Target["watch"]>[0] | null = null
  node.start()
  await node.untilReady(READY_MS)
  let log = await openEmbedded({ dir: data, readOnly: true })
  const look = async (): Promise<void> => {
    if (onDecided !== null) watching = await watchDecisions(log, onDecided)
  }
  const lookAway = async (): Promise<void> => {
    await watching?.stop()
    watching = null
    await log.close()
  }
  return {
    engine: "embedded",
    topology,
    via: "http",
    url: node.url,
    get processes() {
      return [{ name: "assay", pid: node.pid! }] // another one after each standing start
    },
    send: sendOverHttp(node.url),
    get log() {
      return log
    },
    watch: async (reported) => {
      onDecided = reported
      await look()
    },
    standing: async (fill) => {
      await untilSettled(log, topology)
      await node.stop()
      await lookAway() // a process has an environment of LMDB open once: to read, or to write
      const writing = await openEmbedded({ dir: data })
      await fill(sendToLog(writing))
      await writing.close()
      const at = performance.now()
      node.start()
      await node.untilReady(READY_MS)
      log = await openEmbedded({ dir: data, readOnly: true })
      await look()
      return at
    },
    settled: async () => {
      const at = await untilSettled(log, topology)
      if (problem !== null) throw new Error(`${problem}: what was measured says nothing`)
      return at
    },
    close: async () => {
      await lookAway()
      await node.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
