/** A firmware that explains who misbehaves, and what does not make it one. */
import { SAMPLES } from "@assay/testkit/samples"
import type { AssayedMessage, Cohort, FirmwareClaim, ReasonCode } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { Aggregator } from "../src/aggregator.ts"

const WINDOW = 600_000
const START = 1_760_000_400_000 - (1_760_000_400_000 % WINDOW)
const SAMPLE = SAMPLES["assayed-message.v3.full"] as AssayedMessage
const OLD = "aa".repeat(32)
const NEW = "bb".repeat(32)

const fw = (digest: string): FirmwareClaim => ({
  vendor: "acme",
  class: "sensor",
  version: digest === OLD ? "1.0" : "2.0",
  svn: 1,
  digest,
})

const say = (
  device: number,
  value: number,
  time: number,
  firmware: FirmwareClaim | null,
  reasons: ReadonlyArray<ReasonCode> = [],
): AssayedMessage => {
  const claims = SAMPLE.claims as Extract<AssayedMessage["claims"], { kind: "message" }>
  const reading = { name: "urn:dev:x:temperature", unit: "Cel", value, text: null, flag: null, time: time / 1000 }
  return {
    ...SAMPLE,
    time,
    claims: { ...claims, iss: `did:key:z${device}`, fw: firmware },
    subject: { vendor: "acme", class: "sensor", assurance: "software" },
    readings: [reading],
    decision: { ...SAMPLE.decision!, kind: "original", supersedes: null, reasons },
  }
}

interface Run {
  readonly devices?: number
  /** Devices below it are updated in the last window. */
  readonly updated: number
  readonly value?: (device: number, isUpdated: boolean) => number
  readonly reasons?: (device: number, isUpdated: boolean) => ReadonlyArray<ReasonCode>
}
const last = ({ devices = 20, updated, value = () => 0, reasons = () => [] }: Run): Cohort => {
  const aggregator = new Aggregator({ windowMs: WINDOW })
  let found: Cohort | undefined
  for (let window = 0; window < 9; window++) {
    const from = START + window * WINDOW
    for (let device = 0; device < devices; device++) {
      const isUpdated = window === 8 && device < updated
      const usual = 20 + Math.sin(device + 2 * window)
      const more = window === 8 ? value(device, isUpdated) : 0
      // What it runs it says now and then.
      aggregator.add(
        say(device, usual + more, from + 1, fw(isUpdated ? NEW : OLD), window === 8 ? reasons(device, isUpdated) : []),
      )
      aggregator.add(say(device, usual + more, from + 2, null))
    }
    found = aggregator.close(from + WINDOW)[0]
  }
  return found!
}

describe("a release", () => {
  it("is the common cause where its devices leave their own past, and the others do not", () => {
    expect(last({ updated: 9, value: (_, isUpdated) => (isUpdated ? 50 : 0) }).releases).toEqual([
      { version: "2.0", digest: NEW, devices: 9, misbehaving: 9, others: 11, othersMisbehaving: 0 },
    ])
  })

  it("is so where its devices are annotated for their conduct", () => {
    const found = last({
      updated: 10,
      reasons: (device, isUpdated) => (isUpdated && device % 3 > 0 ? ["anomaly.drift"] : []),
    })
    expect(found.releases).toMatchObject([{ version: "2.0", devices: 10, misbehaving: 6 }])
  })

  it.each([
    [
      "a minority of its devices misbehaves",
      { updated: 10, value: (device: number, isUpdated: boolean) => (isUpdated && device < 4 ? 50 : 0) },
    ],
    ["all devices of the class do: the weather", { updated: 10, value: () => 50 }],
    [
      "a third of the others does too",
      { updated: 9, value: (device: number, isUpdated: boolean) => (isUpdated || device > 16 ? 50 : 0) },
    ],
    ["it has too few devices", { updated: 7, value: (_: number, isUpdated: boolean) => (isUpdated ? 50 : 0) }],
    ["too few run anything else", { updated: 13, value: (_: number, isUpdated: boolean) => (isUpdated ? 50 : 0) }],
    [
      "they are only learned anew",
      { updated: 10, reasons: (_: number, isUpdated: boolean) => (isUpdated ? (["anomaly.relearning"] as const) : []) },
    ],
  ])("is none where %s", (_what, run) => {
    expect(last(run).releases).toBeUndefined()
  })
})
