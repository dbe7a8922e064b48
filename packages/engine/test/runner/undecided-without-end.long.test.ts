/** A stage that fails at every message: after a bounded number of undecided ones the node gives up. */
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import type { AnyStage, Logic } from "@assay/trust"
import { afterEach, beforeEach, expect, it } from "vitest"
import { startNode } from "../../src/index.ts"
import { MOST_IN_A_ROW } from "../../src/runner/undecided-after-restores.ts"
import { countingLogic, countingStage } from "./counting.ts"
import { Rig, readAll } from "./support.ts"

let rig: Rig
let log: Log
beforeEach(async () => {
  rig = await Rig.open()
  log = rig.cluster.process()
})
afterEach(() => rig.close())

/** Fails wherever `fails` says so. */
const failingStage = (fails: (entry: { readonly kind: string; readonly device: string }) => boolean): AnyStage => {
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyStage
  const logic: Logic<any, any, any> = countingLogic(1)
  return {
    ...countingStage(),
    logic: new Map([
      [
        1,
        {
          judge: (entry, state, facts, states) => {
            if (fails({ kind: "message", device: entry.message.key })) throw new Error("a mistake of ours")
            return logic.judge(entry, state, facts, states)
          },
          apply: (entry, states, facts) => {
            if (fails({ kind: entry.kind, device: "" })) throw new Error("a mistake of ours")
            return logic.apply(entry, states, facts)
          },
        },
      ],
    ]),
  }
}

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
