/**
 * How long a deployment of many devices is away after its disk is lost: a backup beside the running node, a restore that shows
 * itself whole, and a node that starts on it. `npm run bench:recovery -- --devices 20000,60000`
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { table } from "@assay/cli/output"
import { SERVICES } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { type Device, envelopeOf, World } from "@assay/fleet"
import { type Command, main, SetupProblem } from "@assay/infra/local"
import { type Log, type NewRecord, partitionOf } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { openNode } from "@assay/node"
import { STREAMS } from "@assay/streams"
import { assayProcess } from "@assay/testkit/cli"
import { nowSeconds } from "../now.ts"

const PARTITIONS = 4
const APPEND = 512
/** Devices that are made, heard and let go together: so memory holds no more of them, however many there are. */
const DEVICES_AT_ONCE = 4_000
const MIB = 1 << 20

const seconds = (from: number): number => Math.round((performance.now() - from) / 10) / 100

type Signing = (device: Device, iat: number) => { readonly bytes: Uint8Array }

/** All devices show their credentials and send so many messages, a part of the fleet after the other. */
const feed = async (
  log: Log,
  world: World,
  { devices, messages }: Size,
  settled: (done: number) => Promise<void>,
): Promise<void> => {
  const say = async (fleet: ReadonlyArray<Device>, sign: Signing): Promise<void> => {
    const byPartition = Array.from({ length: PARTITIONS }, (): Array<NewRecord> => [])
    // Now: to sign for many devices takes longer than a presentation is fresh.
    const iat = nowSeconds()
    for (const device of fleet) {
      const key = Buffer.from(device.did)
      byPartition[partitionOf(key, PARTITIONS)]!.push(encodeSubmitted(key, envelopeOf(sign(device, iat).bytes)))
    }
    for (const [partition, records] of byPartition.entries())
      for (let from = 0; from < records.length; from += APPEND)
        await log.append({ stream: STREAMS.submitted, partition }, records.slice(from, from + APPEND))
  }
  for (let from = 0; from < devices; from += DEVICES_AT_ONCE) {
    const count = Math.min(DEVICES_AT_ONCE, devices - from)
    const fleet = Array.from({ length: count }, (_, n) => world.device(`bench ${from + n}`, { ordinal: from + n }))
    await say(fleet, (device, iat) => device.presentation(undefined, iat))
    for (let n = 0; n < messages; n++) await say(fleet, (device, iat) => device.message({ iat }))
    await settled(from + count)
  }
}

interface Size {
  readonly devices: number
  /** That each device sends beside its presentation. */
  readonly messages: number
}

const measure = async (size: Size, progress: (text: string) => void): Promise<Record<string, number>> => {
  const { devices, messages } = size
  const root = mkdtempSync(join(tmpdir(), "assay-recovery-"))
  // The log begins first: what is signed before it is refused.
  const log = await openEmbedded({ dir: join(root, "data"), partitions: PARTITIONS })
  await log.close()
  const world = new World({ seed: `recovery ${devices}`, now: nowSeconds(), ratePerMinute: 1_000_000 })
  writeFileSync(join(root, "root-set.json"), JSON.stringify(world.rootSet))
  const open = (dir: string) =>
    openNode(SERVICES, {
      dir: join(root, dir),
      partitions: PARTITIONS,
      roots: world.rootSet,
      topology: "chained",
      tickMs: 0,
      seal: true,
      workers: 0,
    })
  const run = async (...args: ReadonlyArray<string>): Promise<Record<string, unknown>> => {
    const { code, out, err } = await assayProcess([...args, "--json"], { cwd: root })
    if (code !== 0) throw new Error(`assay ${args.join(" ")} ended with ${code}: ${out}${err}`)
    return JSON.parse(out)
  }
  try {
    const node = await open("data")
    await publishKnowledge(node.log, "bundle", world.signedBundle)
    await publishKnowledge(node.log, "policy", world.signedPolicy)
    const fed = performance.now()
    await feed(node.log, world, size, async (done) => {
      await node.settled()
      progress(`${done} of ${devices} devices are known after ${seconds(fed)} s`)
    })
    progress("backup ...")
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
    return {
      devices,
      messages,
      states: restored.rows,
      leaves: restored.leaves,
      bytes: taken["bytes"] as number,
      backup,
      restore,
      copy: Math.round(copy / 10) / 100,
      verify: Math.round(verify / 10) / 100,
      readStates: Math.round(state / 10) / 100,
      ready,
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

const COLUMNS = ["devices", "leaves", "bytes", "backup", "restore", "copy", "verify", "readStates", "ready", "nodeMiB"]

const command: Command = {
  name: "bench:recovery",
  summary:
    "Measures how long a deployment of so many devices is away after its disk is lost, in seconds: a backup beside the running node, a restore that shows itself whole (copying, verifying and reading the states apart), and a node that starts on it.",
  options: {
    devices: { type: "string", value: "N,N", default: "20000,60000", help: "sizes of the fleet" },
    messages: { type: "string", value: "N", default: "2", help: "that each device sends beside its presentation" },
  },
  run: async (given, progress) => {
    const measured: Array<Record<string, number>> = []
    const messages = given.whole("messages", 0, 1_000)
    for (const devices of sizesOf(given.text("devices"))) {
      progress(`${devices} devices ...`)
      measured.push(await measure({ devices, messages }, progress))
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
