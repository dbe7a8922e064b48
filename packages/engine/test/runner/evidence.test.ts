/** A proof holds both signed messages, as far as they are kept; what is kept is in no verdict. */
import { encodeEntry } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { AuditEvent } from "@assay/trust"
import { afterEach, beforeEach, expect, it } from "vitest"
import { encodeSubmitted, encodeTick } from "../../src/order/entries.ts"
import { attachEvidence } from "../../src/runner/evidence.ts"
import { Rig } from "./support.ts"

let rig: Rig
beforeEach(async () => {
  rig = await Rig.open()
})
afterEach(() => rig.close())

const PROOF: AuditEvent = {
  kind: "proof",
  origin: { epoch: 1, partition: 0, offset: 9 },
  index: 0,
  time: 1,
  device: "did:a",
  digest: null,
  decision: null,
  verdicts: [],
  reasons: ["identity.equivocation"],
  from: null,
  to: null,
  evidence: [],
  count: 0,
  root: null,
  record: null,
  detail: null,
}
const LATER = Buffer.from("later")

const evidenceFor = async (offset: number, epoch = 1): Promise<ReadonlyArray<string>> => {
  const events = [PROOF]
  const earlier = { epoch, partition: 0, offset }
  await attachEvidence(rig.cluster.process(), [{ event: 0, earlier, bytes: LATER }], events)
  return events[0]!.evidence.map((bytes) => Buffer.from(bytes).toString())
}

it("finds the earlier message where it was submitted, and does without where there is none", async () => {
  const log = rig.cluster.process()
  const envelope = { bytes: Buffer.from("earlier"), mediaType: "", binding: "test", originator: null, principal: null }
  const submitted = { stream: STREAMS.submitted, partition: 0 }
  const { offset } = await log.append(submitted, [encodeSubmitted(Buffer.from("did:a"), envelope)])
  const tick = await log.append(submitted, [encodeTick()])
  const admission = encodeEntry({ origin: null, time: null, body: { kind: "admission", device: "did:a", proof: null } })
  await log.append(submitted, [{ key: Buffer.from("did:a"), value: admission }])
  expect(await evidenceFor(offset)).toEqual(["earlier", "later"])
  expect(await evidenceFor(tick.offset)).toEqual(["later"])
  expect(await evidenceFor(10_000)).toEqual(["later"])
  expect(await evidenceFor(offset, 2)).toEqual(["later"])
})

it("fails where the log does not answer, so that no proof lacks a message that is there", async () => {
  const log = { ...rig.cluster.process(), read: () => Promise.reject(new Error("no answer")) }
  const proofs = [{ event: 0, earlier: PROOF.origin, bytes: LATER }]
  await expect(attachEvidence(log, proofs, [PROOF])).rejects.toThrow("no answer")
})
