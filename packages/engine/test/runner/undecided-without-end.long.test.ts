/** A stage that fails at every message: after a bounded number of undecided ones the node gives up. */
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { afterEach, beforeEach, expect, it } from "vitest"
import { startNode } from "../../src/index.ts"
import { MOST_IN_A_ROW } from "../../src/runner/undecided-after-restores.ts"
import { failingStage } from "./failing-stage.ts"
import { Rig, readAll } from "./support.ts"

let rig: Rig
let log: Log
beforeEach(async () => {
  rig = await Rig.open()
  log = rig.cluster.process()
})
afterEach(() => rig.close())

it("a stage that fails at everything is not excused for ever: the node gives up, and nothing more is undecided", async () => {
  await rig.messages(log, ...Array.from({ length: MOST_IN_A_ROW + 5 }, (_, n) => `did:${n}`))
  const node = await startNode({
    log,
    roots: { roots: [], threshold: 1 },
    topology: "staged",
    stagesFor: () => [failingStage(() => true)],
  })
  await expect(node.done).rejects.toThrow("credential could not judge: a mistake of ours")
  expect(await readAll(log, { stream: STREAMS.undecided, partition: 0 })).toHaveLength(MOST_IN_A_ROW)
}, 60_000)
