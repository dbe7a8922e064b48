/**
 * How long a deployment of many devices is away after its disk is lost: a backup beside the running node, a restore that shows
 * itself whole, and a node that starts on it. `npm run bench:recovery -- --devices 20000,60000`
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { benchFleet } from "@assay/cli/bench-fleet"
import { table } from "@assay/cli/output"
import { SERVICES } from "@assay/cli/services"
import { publishKnowledge } from "@assay/engine"
import { type Command, main, SetupProblem } from "@assay/infra/local"
import type { NewRecord } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { openNode } from "@assay/node"
import { STREAMS } from "@assay/streams"
import { assayProcess } from "@assay/testkit/cli"

const PARTITIONS = 4
const APPEND = 512
/** Messages that each device sends beside its presentation. */
const MESSAGES = 2

const seconds = (from: number): number => Math.round((performance.now() - from) / 10) / 100

const measure = async (devices: number): Promise<Record<string, number>> => {
  const root = mkdtempSync(join(tmpdir(), "assay-recovery-"))
  // The log begins first: what is signed before it is refused, and to make many devices takes a while.
  const log = await openEmbedded({ dir: join(root, "data"), partitions: PARTITIONS })
  await log.close()
  const fleet = benchFleet(devices, PARTITIONS, `recovery ${devices}`)
  writeFileSync(join(root, "root-set.json"), JSON.stringify(fleet.world.rootSet))
  const open = (dir: string) =>
    openNode(SERVICES, {
      dir: join(root, dir),
      partitions: PARTITIONS,
      roots: fleet.world.rootSet,
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
    await publishKnowledge(node.log, "bundle", fleet.world.signedBundle)
    await publishKnowledge(node.log, "policy", fleet.world.signedPolicy)
    const feed = async (prepared: ReturnType<typeof fleet.next>): Promise<void> => {
      const byPartition = Array.from({ length: PARTITIONS }, (): Array<NewRecord> => [])
      for (const { partition, record } of prepared) byPartition[partition]!.push(record)
      for (const [partition, records] of byPartition.entries())
        for (let from = 0; from < records.length; from += APPEND)
          await node.log.append({ stream: STREAMS.submitted, partition }, records.slice(from, from + APPEND))
      await node.settled()
    }
    await feed(fleet.presentations)
    for (let n = 0; n < MESSAGES; n++) await feed(fleet.next(devices))
    const begun = performance.now()
    const taken = await run("backup", "copy", "--data", "data")
    const backup = seconds(begun)
    await node.close()
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
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const sizesOf = (text: string): ReadonlyArray<number> => {
  const sizes = text.split(",").map(Number)
  if (sizes.every((size) => Number.isSafeInteger(size) && size >= 1 && size <= 1_000_000)) return sizes
  throw new SetupProblem(`--devices takes whole numbers from 1 to 1000000, not ${JSON.stringify(text)}`)
}

const COLUMNS = ["devices", "leaves", "bytes", "backup", "restore", "copy", "verify", "readStates", "ready"]

const command: Command = {
  name: "bench:recovery",
  summary:
    "Measures how long a deployment of so many devices is away after its disk is lost, in seconds: a backup beside the running node, a restore that shows itself whole (copying, verifying and reading the states apart), and a node that starts on it.",
  options: { devices: { type: "string", value: "N,N", default: "20000,60000", help: "sizes of the fleet" } },
  run: async (given, progress) => {
    const measured: Array<Record<string, number>> = []
    for (const devices of sizesOf(given.text("devices"))) {
      progress(`${devices} devices ...`)
      measured.push(await measure(devices))
    }
    const rows = measured.map((one) => COLUMNS.map((name) => String(one[name] ?? "-")))
    return { value: measured, lines: [table(COLUMNS, rows, [0, 1, 2, 3, 4, 5, 6, 7, 8])] }
  },
}

if (import.meta.main) await main(command)
