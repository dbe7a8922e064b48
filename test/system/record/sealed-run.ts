/** A small fleet, attacked, judged and sealed in a data directory; the tests of the record look at what is left of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { feed, Ledger } from "@assay/cli/demo"
import { SERVICES } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge, type Topology } from "@assay/engine"
import { ATTACKS, fleetPlan, type World } from "@assay/fleet"
import { vkeyPath } from "@assay/integrity-hasher/sealer"
import type { Log, LogRecord } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { openNode } from "@assay/node"
import { STREAMS } from "@assay/streams"
import { logDirectory } from "@assay/transparency/storage"

const ATTACKED = ["replay", "clone", "bit-flip", "equivocation"]
const JUNK = 20

export interface SealedRun {
  /** Holds everything: the data directory, `roots.json`, what the tests write. */
  readonly root: string
  readonly dir: string
  /** The verifier key of partition 0. */
  readonly vkey: string
  /** A checkpoint that an auditor took away while the node still worked. */
  readonly earlier: string
  readonly world: World
  /** Runs the node on the directory again, until all is decided and sealed. */
  again(act: (log: Log) => Promise<unknown>): Promise<void>
  /** All records of a stream's partition 0. */
  records(stream: string): Promise<ReadonlyArray<LogRecord>>
  remove(): void
}

/** @param name also the seed */
export const sealedRun = async (name: string, topology: Topology = "chained"): Promise<SealedRun> => {
  const root = mkdtempSync(join(tmpdir(), "assay-record-"))
  const dir = join(root, "data")
  const plan = fleetPlan({
    devices: 6,
    messages: 120,
    seed: name,
    now: Math.floor(Date.now() / 1000),
    attacks: ATTACKS.filter((attack) => ATTACKED.includes(attack.name)),
    injections: 1,
  })
  writeFileSync(join(root, "roots.json"), JSON.stringify(plan.world.rootSet))
  const ledger = new Ledger()
  const start = () =>
    openNode(SERVICES, {
      dir,
      partitions: 1,
      roots: plan.world.rootSet,
      topology,
      tickMs: 0,
      seal: true,
      workers: 0,
      onBatch: ledger.batch,
    })
  const node = await start()
  await publishKnowledge(node.log, "bundle", plan.world.signedBundle)
  await publishKnowledge(node.log, "policy", plan.world.signedPolicy)
  await feed(node.log, plan.enrolment(), ledger, () => undefined)
  await node.settled()
  const earlier = readFileSync(join(logDirectory(dir, 0), "checkpoint"), "utf8")
  await feed(node.log, plan.run(), ledger, () => undefined)
  const envelope = { mediaType: "", binding: "test", originator: null, principal: null }
  const junk = Array.from({ length: JUNK }, (_, n) =>
    encodeSubmitted(Buffer.alloc(0), { ...envelope, bytes: Buffer.from(`junk ${n}`) }),
  )
  await node.log.append({ stream: STREAMS.submitted, partition: 0 }, junk)
  await node.settled()
  await node.close()
  return {
    root,
    dir,
    vkey: readFileSync(vkeyPath(dir, 0), "utf8").trim(),
    earlier,
    world: plan.world,
    again: async (act) => {
      const next = await start()
      try {
        await act(next.log)
        await next.settled()
      } finally {
        await next.close()
      }
    },
    records: async (stream) => {
      const log = await openEmbedded({ dir, readOnly: true })
      try {
        return await log.read({ stream, partition: 0 }, 0, 100_000, 1 << 30)
      } finally {
        await log.close()
      }
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}
