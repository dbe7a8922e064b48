import {
  type Active,
  type FirmwareClaim,
  type FirmwareReference,
  type Knowledge,
  NO_KNOWLEDGE,
  type ReasonCode,
  type TrustBundle,
} from "@assay/trust"
import { describe, expect, it } from "vitest"
import type { Incidents } from "../src/incidents.ts"
import { judgeIntegrity } from "../src/judge.ts"
import type { IntegrityState } from "../src/state.ts"
import { digestOf, entryOf, PASS, viewOf } from "./device.ts"

const fw = (version: string, digest = `${version}-digest`): FirmwareClaim => ({
  vendor: "acme",
  class: "pump",
  digest,
  version,
  svn: 1,
})
const good = (claim: FirmwareClaim): FirmwareReference => ({ ...claim, status: "good" })

const knows = (version: number, firmware: ReadonlyArray<FirmwareReference>): Knowledge => {
  const bundle: Active<TrustBundle> = {
    hash: String(version).padStart(64, "0"),
    version,
    expires: 2e12,
    body: {
      version,
      issued: 0,
      expires: 2e12,
      trustDomain: "https://plant.example/",
      issuers: [],
      operators: [],
      thresholds: { quarantine: 1, release: 2, revoke: 2, "breaker-override": 2 },
      statusLists: [],
      firmware,
      minimumSvn: {},
      nextRoots: null,
    },
  }
  return { ...NO_KNOWLEDGE, bundle }
}

/** A partition of devices that each chain what they say. */
const plant = (admitted: number) => {
  const states = new Map<string, { state: IntegrityState; seq: number }>()
  const incidents: Array<Record<string, unknown>> = []
  let shared: Incidents | undefined
  return {
    incidents,
    says: (
      device: string,
      claim: FirmwareClaim,
      knowledge: Knowledge,
      identity: ReasonCode | null = null,
    ): ReadonlyArray<string> => {
      const before = states.get(device)
      const seq = before === undefined ? 0 : before.seq + 1
      const link = {
        iss: device,
        seq,
        prv: seq === 0 ? null : digestOf(`${device}${seq - 1}`),
        digest: digestOf(`${device}${seq}`),
      }
      const entry = entryOf({ ...link, fw: claim }, knowledge, {
        verdicts: {
          identity: identity === null ? PASS : { ...PASS, outcome: "fail", reasons: [identity] },
          credential: PASS,
          integrity: null,
          segmentation: null,
          anomaly: null,
        },
      })
      const judged = judgeIntegrity(entry, before?.state, viewOf(admitted, shared))
      states.set(device, { state: judged.state ?? before!.state, seq })
      shared = judged.shared ?? shared
      for (const event of judged.events ?? []) if (event.kind === "incident") incidents.push(JSON.parse(event.detail))
      return judged.verdict.reasons
    },
  }
}

const WORKS = fw("1.14.0")
const RIGHT = knows(1, [good(WORKS)])
const WRONG = knows(2, [good(fw("1.14.0", "typo"))])
const CORRECTED = knows(3, [good(WORKS)])
const WORM = fw("9.9.9", "worm")
const devices = (count: number) => Array.from({ length: count }, (_, i) => `did:key:z${i}`)

describe("references that were changed", () => {
  it("by mistake charge no device that passed before, are one incident, and end with the right ones", () => {
    const { says, incidents } = plant(30)
    for (const device of devices(30)) expect(says(device, WORKS, RIGHT)).toEqual([])
    for (let round = 0; round < 3; round++)
      for (const device of devices(30)) expect(says(device, WORKS, WRONG)).toEqual(["integrity.reference_changed"])
    expect(incidents).toMatchObject([
      { what: expect.stringMatching(/^references changed/), version: "1.14.0", bundle: 2 },
    ])
    for (const device of devices(30)) expect(says(device, WORKS, CORRECTED)).toEqual([])
    expect(incidents).toHaveLength(1)
  })

  it("excuse nothing that a device did not pass with before", () => {
    const { says } = plant(30)
    expect(says("did:key:z1", WORKS, RIGHT)).toEqual([])
    expect(says("did:key:z1", fw("1.14.0", "patched"), WRONG)).toEqual(["integrity.firmware_tampered"])
    expect(says("did:key:z1", WORM, WRONG)).toEqual(["integrity.firmware_unknown"])
    // Another device passed with it; this one never did.
    expect(says("did:key:z2", WORKS, WRONG)).toEqual(["integrity.firmware_tampered"])
    // What it said last before the change counts, not what it said once.
    expect(says("did:key:z3", WORKS, RIGHT)).toEqual([])
    expect(says("did:key:z3", { ...WORKS, svn: 2 }, WRONG)).toEqual(["integrity.firmware_tampered"])
  })

  it("that revoke a firmware are meant", () => {
    const { says, incidents } = plant(3)
    const revoked = knows(2, [{ ...WORKS, status: "revoked" }])
    expect(says("did:key:z1", WORKS, RIGHT)).toEqual([])
    expect(says("did:key:z1", WORKS, revoked)).toEqual(["integrity.firmware_revoked"])
    expect(incidents).toEqual([])
  })
})

describe("references that came late", () => {
  it("do not say it of a message that failed before: a carrier would use it up", () => {
    const { says } = plant(30)
    expect(says("did:key:z1", WORKS, WRONG)).toEqual(["integrity.firmware_tampered"])
    expect(says("did:key:z1", WORKS, CORRECTED, "identity.stale")).toEqual([])
    expect(says("did:key:z1", WORKS, CORRECTED)).toEqual(["integrity.reference_corrected"])
  })

  it("say once that they list now what they refused, for that very claim only", () => {
    const { says } = plant(30)
    const typo = knows(2, [good(fw("1.13.0")), good(fw("1.14.0", "typo"))])
    says("did:key:z1", fw("1.13.0"), typo)
    expect(says("did:key:z1", WORKS, typo)).toEqual(["integrity.firmware_tampered"])
    expect(says("did:key:z1", fw("1.13.0"), typo)).toEqual([])
    expect(says("did:key:z1", WORKS, CORRECTED)).toEqual(["integrity.reference_corrected"])
    expect(says("did:key:z1", WORKS, CORRECTED)).toEqual([])
    expect(says("did:key:z2", WORM, RIGHT)).toEqual(["integrity.firmware_unknown"])
    expect(says("did:key:z2", WORKS, CORRECTED)).toEqual([])
    // Listed as revoked is no correction.
    expect(says("did:key:z3", WORM, RIGHT)).toEqual(["integrity.firmware_unknown"])
    expect(says("did:key:z3", WORM, knows(4, [{ ...WORM, status: "revoked" }]))).toEqual(["integrity.firmware_revoked"])
  })
})

describe("one digest that no reference lists", () => {
  it("on three devices is an alarm and buys no amnesty", () => {
    const { says, incidents } = plant(100)
    for (const device of devices(3)) says(device, WORKS, RIGHT)
    for (let round = 0; round < 4; round++)
      for (const device of devices(3)) expect(says(device, WORM, RIGHT)).toEqual(["integrity.firmware_unknown"])
    expect(incidents).toMatchObject([{ what: expect.stringMatching(/^containment alarm/), digest: "worm", devices: 3 }])
  })

  it("also over a change of the bundle that does not speak of it", () => {
    const { says, incidents } = plant(3)
    for (const device of devices(3)) says(device, WORM, RIGHT)
    const later = knows(4, [good(WORKS), good(fw("2.0.0"))])
    for (const device of devices(3)) expect(says(device, WORM, later)).toEqual(["integrity.firmware_unknown"])
    // Once for each bundle that refuses it.
    expect(incidents.map(({ bundle }) => bundle)).toEqual([1, 4])
  })

  it("is no alarm on two devices, on one that repeats it, nor on less than one of a hundred", () => {
    const few = plant(100)
    for (let i = 0; i < 9; i++) for (const device of devices(2)) few.says(device, WORM, RIGHT)
    expect(few.incidents).toEqual([])
    const large = plant(1_000)
    for (const device of devices(9)) large.says(device, WORM, RIGHT)
    expect(large.incidents).toEqual([])
    large.says("did:key:z9", WORM, RIGHT)
    expect(large.incidents).toHaveLength(1)
  })

  it("is counted within a bound, whatever devices make up", () => {
    const { says, incidents } = plant(100)
    for (let i = 0; i < 200; i++) says("did:key:z1", fw(`9.${i}`, `made-up-${i}`), RIGHT)
    for (const device of devices(3)) says(device, WORM, RIGHT)
    expect(incidents).toHaveLength(1)
  })
})
