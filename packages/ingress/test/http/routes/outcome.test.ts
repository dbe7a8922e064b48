/** A caller hears what became of a command, whatever else somebody wrote to the audit stream. */
import { decodeAudit, encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { expect, it } from "vitest"
import { judged } from "../../../src/http/routes/outcome.ts"
import { rig, useIngress } from "../support.ts"

useIngress()

it("passes over what is no event", async () => {
  const { log } = rig
  const at = { stream: STREAMS.audit, partition: 0 }
  const origin = { epoch: log.epoch, partition: 0, offset: 7 }
  const answer = await judged(
    log,
    { headers: {} } as never,
    ([first]) => first!.accepted,
    async () => {
      const value = encodeAudit({
        kind: "control",
        origin,
        index: 4_000,
        time: 1,
        device: null,
        digest: null,
        decision: null,
        verdicts: [],
        reasons: [],
        from: null,
        to: null,
        evidence: [],
        count: 1,
        root: null,
        record: null,
        detail: null,
      })
      expect(decodeAudit(value).count).toBe(1)
      const junk = { key: Buffer.alloc(0), value: Buffer.from("junk") }
      await log.append(at, [junk, { key: Buffer.alloc(0), value }])
      return { origins: [origin] }
    },
  )
  expect(answer).toMatchObject({ status: 200, body: { accepted: true } })
})
