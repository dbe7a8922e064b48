/** CloudEvents 1.0, Kafka protocol binding 3.2 (binary mode), and what consumers route by. */
import { message } from "@assay/testkit/samples"
import type { AssayedMessage, Decision } from "@assay/trust"
import { expect, it } from "vitest"
import { eventHeaders } from "../../src/runner/event-headers.ts"

const LOG = { epoch: 1, genesis: 1_700_000_000_000 }

const inZone = (zone: string): AssayedMessage => ({
  ...message,
  verdicts: {
    ...message.verdicts,
    segmentation: { ...message.verdicts.segmentation!, detail: JSON.stringify({ from: zone }) },
  },
})

const textOf = (one: AssayedMessage, decision: Partial<Decision> = {}, of = eventHeaders(LOG)) => {
  const { common, headers } = of(one, { ...message.decision!, ...decision })
  return Object.fromEntries(
    Object.entries({ ...common, ...headers }).map(([name, value]) => [
      name,
      Buffer.from(value as Uint8Array).toString("utf8"),
    ]),
  )
}

it("has the required attributes, the time, and outcome, act, class and zone", () => {
  expect(textOf(inZone("press"))).toEqual({
    "content-type": "application/vnd.confluent.avro",
    ce_specversion: "1.0",
    ce_type: "assay.message.annotated.v1",
    ce_source: "assay-log:1:1700000000000",
    ce_id: "1/3/1234567",
    ce_time: "2025-10-09T08:53:20.123Z",
    ce_outcome: "annotated",
    ce_act: "telemetry",
    ce_class: "pump",
    ce_zone: "press",
  })
})

it("names a later decision by another id: a released message was an event before", () => {
  expect(textOf(message, { kind: "released" })).toMatchObject({ ce_id: "1/3/1234567#released" })
})

it("leaves out what a message has not", () => {
  const { claims } = message
  const bare = textOf({ ...message, subject: null, claims: { ...claims!, kind: "presentation" } as never })
  for (const name of ["ce_act", "ce_class", "ce_zone"]) expect(bare).not.toHaveProperty(name)
})

it("tells messages apart that differ in one of them", () => {
  const of = eventHeaders(LOG)
  const pump = { ...inZone("a"), subject: { ...message.subject!, class: "b c" } }
  const other = { ...inZone("a b"), subject: { ...message.subject!, class: "c" } }
  expect(textOf(pump, {}, of)).toMatchObject({ ce_zone: "a", ce_class: "b c" })
  expect(textOf(other, {}, of)).toMatchObject({ ce_zone: "a b", ce_class: "c" })
  expect(textOf(pump, { outcome: "verified" }, of)).toMatchObject({ ce_outcome: "verified", ce_zone: "a" })
})

it("carries no control character and no long word into a header", () => {
  const odd = { ...inZone("a\r\nce_outcome: verified"), subject: { ...message.subject!, class: "x".repeat(1_000) } }
  const headers = textOf(odd)
  expect(headers["ce_zone"]).toBe("a??ce_outcome: verified")
  expect(headers["ce_class"]!.length).toBeLessThanOrEqual(128)
})

it("has one object for what messages have in common, which is encoded once", () => {
  const of = eventHeaders(LOG)
  const [one, other] = [of(inZone("a"), message.decision!), of(inZone("b"), message.decision!)]
  expect(of(inZone("a"), message.decision!).common).toBe(one.common)
  expect(of({ ...inZone("b"), time: 7 }, message.decision!).common).toBe(other.common)
  expect(one.common).not.toBe(other.common)
})

it("stays bounded over any number of zones", () => {
  const of = eventHeaders(LOG)
  for (let n = 0; n < 3_000; n++) expect(textOf(inZone(`z${n}`), {}, of)).toMatchObject({ ce_zone: `z${n}` })
})
