/** `assay aggregate` as a process of its own: it reads the log of a running node, and hands in over HTTP what it signed. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { envelopeOf, World } from "@assay/fleet"
import { signBundle } from "@assay/knowledge"
import { partitionOf } from "@assay/log"
import { openNode } from "@assay/node"
import { decodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay, startUntil } from "@assay/testkit/cli"
import { plainNode } from "@assay/testkit/plain-node"
import type { AuditEvent } from "@assay/trust"
import { expect, it } from "vitest"
import { SERVICES } from "../../src/services.ts"

const STEP_MS = 300_000
const PARTITIONS = 2
const DEVICES = 9

it("signs what a class says in each window, and the node judges by it", { timeout: STEP_MS }, async () => {
  const cwd = mkdtempSync(join(tmpdir(), "assay-aggregate-"))
  const world = new World({ seed: "aggregate", now: Math.floor(Date.now() / 1_000) })
  const node = await openNode(SERVICES, {
    ...plainNode(join(cwd, "data"), world.rootSet),
    partitions: PARTITIONS,
    onProblem: (what, cause) => {
      throw new Error(what, { cause })
    },
  })
  try {
    const made = await assay(["keygen", "--out", "aggregator.json", "--json"], { cwd })
    const { did } = JSON.parse(made.out) as { did: string }
    const devices = Array.from({ length: DEVICES }, (_, n) => world.device(`one of a class ${n}`, { ordinal: n }))
    const say = async (name: string, bytes: Uint8Array): Promise<void> => {
      await node.log.append({ stream: STREAMS.submitted, partition: partitionOf(name, PARTITIONS) }, [
        encodeSubmitted(Buffer.from(name), envelopeOf(bytes)),
      ])
    }
    const bundle = signBundle({ ...world.bundle, version: 10, aggregators: [did] }, world.roots.slice(0, 2))
    await publishKnowledge(node.log, "bundle", bundle)
    await publishKnowledge(node.log, "policy", world.signedPolicy)
    for (const device of devices) await say(device.did, device.presentation().bytes)
    await node.settled()
    const args = ["aggregate", "--key", "aggregator.json", "--window", "60", "--data", "data", "--url", node.url!]
    const aggregate = await startUntil(args, { cwd }, /signs statistics/)

    const activated = async (): Promise<ReadonlyArray<AuditEvent>> => {
      const of = Array.from({ length: PARTITIONS }, (_, partition) =>
        node.log.read({ stream: STREAMS.audit, partition }, 0, 10_000, 64 << 20),
      )
      return (await Promise.all(of))
        .flat()
        .map(({ value }) => decodeAudit(value))
        .filter(({ kind, detail }) => kind === "control" && detail?.includes('"item":"cohort"') === true)
    }
    // Windows are those of the wall clock: the devices go on speaking until one has ended.
    while ((await activated()).length < PARTITIONS) {
      const iat = Math.floor(Date.now() / 1_000)
      for (const device of devices) await say(device.did, device.message({ iat }).bytes)
      await delay(2_000)
    }
    const events = await activated()
    expect(events.map(({ origin }) => origin.partition).sort()).toEqual([0, 1])
    expect(events.map(({ count }) => count)).toEqual([1, 1])
    expect(await aggregate.stop("SIGTERM")).toMatchObject({ code: 0, out: "" })
  } finally {
    await node.close()
    rmSync(cwd, { recursive: true, force: true })
  }
})
