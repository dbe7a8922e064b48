/**
 * How long a deployment of many devices is away after its disk is lost: a backup beside the running node, a restore that shows
 * itself whole, and a node that starts on it. `npm run bench:recovery -- --devices 20000,60000`
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { table } from "@assay/cli/output"
import { SERVICES } from "@assay/cli/services"
import { publishKnowledge } from "@assay/engine"
import { World, type WorldOptions } from "@assay/fleet"
import { type Command, main, SetupProblem } from "@assay/infra/local"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import type { NewRecord } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { type OpenNode, openNode } from "@assay/node"
import { STREAMS } from "@assay/streams"
import { assayProcess } from "@assay/testkit/cli"
import { nowSeconds } from "../now.ts"
import { unpack } from "./packed.ts"
import { signedParts } from "./signers.ts"
import { type Back, backToBrokers } from "./to-brokers.ts"

const PARTITIONS = 4
const APPEND = 512
/** Devices that are made and signed for together: so memory holds no more of them, however many there are. */
const DEVICES_AT_ONCE = 1_000
/** Entries that wait to be judged: enough that judging never waits for signing, and far fewer than the strangers that a stage keeps. */
const MAX_BACKLOG = 4_000
const PAUSE_MS = 5
const MIB = 1 << 20
const TELL_EVERY = 10_000

const seconds = (from: number): number => Math.round((performance.now() - from) / 10) / 100

/** All devices show their credentials and send so many messages, a part of the fleet after the other. */
const feed = async (
  { log, backlog }: Pick<OpenNode, "log" | "backlog">,
  world: WorldOptions,
  { devices, messages }: Size,
  signers: number,
  onPart: (done: number) => void,
): Promise<void> => {
  let done = 0
  const append = async (partition: number, records: ReadonlyArray<NewRecord>): Promise<void> => {
    for (let from = 0; from < records.length; from += APPEND)
      await log.append({ stream: STREAMS.submitted, partition }, records.slice(from, from + APPEND))
  }
  for await (const part of signedParts(
    { world, partitions: PARTITIONS, messages },
    devices,
    DEVICES_AT_ONCE,
    signers,
  )) {
    while ((await backlog()) > MAX_BACKLOG) await sleep(PAUSE_MS)
    await Promise.all(part.map((packed, partition) => append(partition, unpack(packed))))
    done = Math.min(devices, done + DEVICES_AT_ONCE)
    onPart(done)
  }
}

interface Size {
  readonly devices: number
  /** That each device sends beside its presentation. */
  readonly messages: number
}

const measure = async (
  size: Size,
  signers: number,
  kafka: boolean,
  progress: (text: string) => void,
): Promise<Record<string, number>> => {
  const { devices, messages } = size
  const root = mkdtempSync(join(tmpdir(), "assay-recovery-"))
  // The log begins first: what is signed before it is refused.
  const log = await openEmbedded({ dir: join(root, "data"), partitions: PARTITIONS })
  await log.close()
  const options = { seed: `recovery ${devices}`, now: nowSeconds(), ratePerMinute: 1_000_000 }
  const world = new World(options)
  writeFileSync(join(root, "root-set.json"), JSON.stringify(world.rootSet))
  const open = (dir: string, brokers: KafkaSettings | null = null) =>
    openNode(SERVICES, {
      dir: join(root, dir),
      kafka: brokers,
      partitions: PARTITIONS,
      roots: world.rootSet,
      topology: "chained",
      tickMs: 0,
      seal: true,
      // Judges in threads, as a node does.
      workers: null,
    })
  const call: Back["run"] = async (args, env) => {
    const { code, out, err } = await assayProcess([...args, "--json"], { cwd: root, env })
    if (code !== 0) throw new Error(`assay ${args.join(" ")} ended with ${code}: ${out}${err}`)
    return JSON.parse(out)
  }
  const run = (...args: ReadonlyArray<string>) => call(args, {})
  try {
    const node = await open("data")
    await publishKnowledge(node.log, "bundle", world.signedBundle)
    await publishKnowledge(node.log, "policy", world.signedPolicy)
    const fed = performance.now()
    const cpu = process.cpuUsage()
    await feed(node, options, size, signers, (done) => {
      if (done % TELL_EVERY === 0) progress(`${done} of ${devices} devices were heard after ${seconds(fed)} s`)
    })
    await node.settled()
    const feeding = seconds(fed)
    const { user, system } = process.cpuUsage(cpu)
    progress(`all are known, and everything is sealed, after ${feeding} s; backup ...`)
    const load = loadavg()[1]!
    const begun = performance.now()
    const taken = await run("backup", "copy", "--data", "data")
    const backup = seconds(begun)
    await node.close()
    // It is lost.
    rmSync(join(root, "data"), { recursive: true })
    progress("restore ...")
    const again = performance.now()
    const restored = (await run("restore", "copy", "--data", "new", "--roots", "root-set.json")) as {
      readonly rows: number
      readonly leaves: number
      readonly ms: Readonly<Record<string, number>>
    }
    const restore = seconds(again)
    if (restored.rows < devices) throw new Error(`${restored.rows} states of ${devices} devices: most were refused`)
    const start = performance.now()
    const next = await open("new")
    const ready = seconds(start)
    await next.close()
    const { copy = 0, verify = 0, state = 0 } = restored.ms
    if (kafka) progress("back to brokers ...")
    const back = kafka
      ? await backToBrokers({
          ...{ root, dir: "new", partitions: PARTITIONS, world, run: call, progress },
          open: (brokers) => open("sealed", brokers),
        })
      : null
    return {
      devices,
      messages,
      states: restored.rows,
      leaves: restored.leaves,
      bytes: taken["bytes"] as number,
      feeding,
      // Of all threads: making devices, signing for them, judging and sealing.
      feedingCpu: Math.round((user + system) / 10_000) / 100,
      // Of five minutes, so mostly of the feeding; then at the end.
      loadBefore: Math.round(load * 10) / 10,
      loadAfter: Math.round(loadavg()[0]! * 10) / 10,
      backup,
      restore,
      copy: Math.round(copy / 10) / 100,
      verify: Math.round(verify / 10) / 100,
      readStates: Math.round(state / 10) / 100,
      ready,
      ...(back === null
        ? {}
        : { grow: Math.round(back.grow / 10) / 100, readyOnKafka: Math.round(back.ready / 10) / 100 }),
      manifest: statSync(join(root, "copy/backup.json")).size,
      // Of this process, which is the node before and after.
      nodeMiB: Math.round(process.resourceUsage().maxRSS / (MIB / 1024)),
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const sizesOf = (text: string): ReadonlyArray<number> => {
  const sizes = text.split(",").map((size) => (/^\d+$/.test(size) ? Number(size) : Number.NaN))
  if (sizes.every((size) => size >= 1 && size <= 1_000_000)) return sizes
  throw new SetupProblem(`--devices takes whole numbers from 1 to 1000000, not ${JSON.stringify(text)}`)
}

const COLUMNS = [
  "devices",
  "leaves",
  "bytes",
  "feeding",
  "feedingCpu",
  "backup",
  "restore",
  "copy",
  "verify",
  "readStates",
  "ready",
  "grow",
  "readyOnKafka",
  "nodeMiB",
]

const command: Command = {
  name: "bench:recovery",
  summary:
    "Measures how long a deployment of so many devices is away after its disk is lost, in seconds: a backup beside the running node, a restore that shows itself whole (copying, verifying and reading the states apart), and a node that starts on it. With --kafka also back to a broker: the next epoch of the log, and a node that starts on that.",
  options: {
    devices: { type: "string", value: "N,N", default: "20000,60000", help: "sizes of the fleet" },
    messages: { type: "string", value: "N", default: "2", help: "that each device sends beside its presentation" },
    kafka: { type: "boolean", help: "then also back to a broker of its own (topics grow --from-data)" },
    signers: { type: "string", value: "N", default: "1", help: "threads that sign for devices while the node judges" },
  },
  run: async (given, progress) => {
    const measured: Array<Record<string, number>> = []
    const messages = given.whole("messages", 0, 1_000)
    const signers = given.whole("signers", 1, 64)
    for (const devices of sizesOf(given.text("devices"))) {
      progress(`${devices} devices ...`)
      measured.push(await measure({ devices, messages }, signers, given.flag("kafka"), progress))
    }
    const rows = measured.map((one) => COLUMNS.map((name) => String(one[name] ?? "-")))
    return {
      value: measured,
      lines: [
        table(
          COLUMNS,
          rows,
          COLUMNS.map((_, at) => at),
        ),
      ],
    }
  },
}

if (import.meta.main) await main(command)
