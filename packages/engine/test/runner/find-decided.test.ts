import type { Log } from "@assay/log"
import { encodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { newMessage } from "../../src/order/entries.ts"
import { findByOrigin, findQuarantined } from "../../src/runner/find-decided.ts"
import { Rig } from "./support.ts"

const originOf = (offset: number) => ({ epoch: 1, partition: 0, offset })
const envelope = { bytes: Buffer.from("x"), mediaType: "", binding: "test", originator: null, principal: null }

let rig: Rig
let log: Log
beforeAll(async () => {
  rig = await Rig.open()
  log = rig.cluster.process()
})
afterAll(() => rig.close())

describe("findByOrigin", () => {
  let streams = 0

  it("finds each message, and no other, among gaps and records of others", async () => {
    const items = fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant("junk" as const)), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(items, async (all) => {
        const stream = `searched.${streams++}`
        const kept = new Set<number>()
        let offset = 0
        for (const item of all) {
          const junk = item === "junk"
          if (!junk) {
            offset += item
            kept.add(offset)
          }
          const value = junk ? Buffer.from("junk") : encodeAssayed(newMessage(originOf(offset), 1, "did:a", envelope))
          await log.append({ stream, partition: 0 }, [{ key: Buffer.alloc(0), value }])
        }
        for (let wanted = 0; wanted <= offset + 1; wanted++) {
          const found = (await findByOrigin(log, stream, originOf(wanted)))?.message ?? null
          expect(found?.origin.offset).toBe(kept.has(wanted) ? wanted : undefined)
        }
      }),
      { numRuns: 30 },
    )
  })

  it("looks for held messages on the quarantined stream", async () => {
    const value = encodeAssayed(newMessage(originOf(7), 1, "did:a", envelope))
    await log.append({ stream: STREAMS.quarantined, partition: 0 }, [{ key: Buffer.alloc(0), value }])
    expect((await findQuarantined(log, originOf(7)))?.origin.offset).toBe(7)
    expect(await findQuarantined(log, originOf(6))).toBeNull()
  })
})
