/** The statistics of a class: signed by an aggregator of the bundle, and by nobody else; for its time, and not ahead of it. */
import { dsseSign } from "@assay/jose"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import { COHORT_LIFE_MS, type Cohort, type ControlFact, itemKey, type RootSet, type TrustBundle } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { Track } from "../../../src/activation/track.ts"
import { hashOfBody } from "../../../src/bodies/hash.ts"
import { signBundle } from "../../../src/kinds/bundle/open.ts"
import { COHORT, COHORT_TYPE } from "../../../src/kinds/cohort/kind.ts"
import { KINDS } from "../../../src/kinds/index.ts"

const [root, aggregator, other, issuer] = [actor(), actor("ES256"), actor(), actor()]
const ROOTS: RootSet = { roots: [root.did], threshold: 1 }
const MINUTE = 60_000
const TIME = 1_000 * MINUTE

const cohortOf = (to: number, over: Partial<Cohort> = {}): Cohort => ({
  version: Math.floor(to / MINUTE),
  vendor: "acme",
  class: "pump",
  from: to - 10 * MINUTE,
  to,
  measurements: [{ name: "temperature", devices: 9, median: 20, spread: 1, moved: null }],
  ...over,
})
const signed = (cohort: Cohort, by: Actor = aggregator): Uint8Array =>
  dsseSign(COHORT_TYPE, Buffer.from(JSON.stringify(cohort)), [by])

class Rig {
  kept: Uint8Array | null = null
  track = this.open()

  open(isHome = true): Track {
    const parts = { kinds: KINDS, roots: ROOTS, isHome: () => isHome, log: { epoch: 1, genesis: 0 } }
    this.track = Track.restore(parts, this.kept)
    return this.track
  }

  activate(item: string, body: Uint8Array, time = TIME): ControlFact {
    const fact = this.track.apply({ kind: "activation", item, hash: hashOfBody(body), body }, time)
    if (this.track.changed) this.kept = this.track.encode()
    return fact
  }

  bundle(version: number, aggregators: TrustBundle["aggregators"]): void {
    const body = bundleOf(issuer, {
      version,
      expires: TIME * 10,
      ...(aggregators === undefined ? {} : { aggregators }),
    })
    expect(this.activate("bundle", signBundle(body, [root])).accepted).toBe(true)
  }

  get inForce(): unknown {
    return this.track.knowledge.items.get(itemKey("cohort", "acme/pump"))?.body
  }
}

const rig = (): Rig => {
  const made = new Rig()
  made.bundle(1, [aggregator.did])
  return made
}

describe("statistics of a class", () => {
  it("come into force by an aggregator's signature, and stay so over a restart until their time is over", () => {
    const partition = rig()
    expect(partition.activate("cohort", signed(cohortOf(TIME)))).toEqual({
      accepted: true,
      reasons: [],
      what: expect.objectContaining({ kind: "activation", item: "cohort", version: 1000 }),
    })
    partition.open()
    expect(partition.inForce).toEqual(cohortOf(TIME))
    expect(partition.track.knowledge.items.get(itemKey("cohort", "acme/pump"))!.expires).toBe(TIME + COHORT_LIFE_MS)
  })

  it("are recorded as an incident by one partition alone", () => {
    const partition = rig()
    partition.open(false)
    expect(partition.activate("cohort", signed(cohortOf(TIME)))).toMatchObject({ accepted: true, elsewhere: true })
  })

  it.each<[string, Uint8Array, string]>([
    ["another key", signed(cohortOf(TIME), other), "control.knowledge_unsigned"],
    ["a root, whose key is not online", signed(cohortOf(TIME), root), "control.knowledge_unsigned"],
    ["an issuer", signed(cohortOf(TIME), issuer), "control.knowledge_unsigned"],
    ["of another type", dsseSign("application/json", Buffer.from("{}"), [aggregator]), "control.knowledge_malformed"],
    ["a window of hours", signed(cohortOf(TIME, { from: TIME - 61 * MINUTE })), "control.knowledge_malformed"],
    ["another version than its window", signed(cohortOf(TIME, { version: 2_000 })), "control.knowledge_malformed"],
    ["a window to come", signed(cohortOf(TIME + 2 * MINUTE)), "control.expired"],
    ["a window long ago", signed(cohortOf(TIME - COHORT_LIFE_MS)), "control.knowledge_expired"],
    ["an unknown member", signed({ ...cohortOf(TIME), release: true } as Cohort), "control.knowledge_malformed"],
  ])("are refused: %s", (_, body, reason) => {
    const partition = rig()
    expect(partition.activate("cohort", body)).toMatchObject({ accepted: false, reasons: [reason] })
    expect(partition.inForce).toBeUndefined()
  })

  it("are refused a second time, and earlier windows after later ones", () => {
    const partition = rig()
    const late = signed(cohortOf(TIME))
    partition.activate("cohort", late)
    for (const body of [late, signed(cohortOf(TIME - 10 * MINUTE))])
      expect(partition.activate("cohort", body)).toMatchObject({ reasons: ["control.knowledge_version"] })
    expect(partition.activate("cohort", signed(cohortOf(TIME + 10 * MINUTE)), TIME + 10 * MINUTE).accepted).toBe(true)
  })

  it("go with the bundle that no longer names their key, and no restart brings them back", () => {
    const partition = rig()
    partition.activate("cohort", signed(cohortOf(TIME)))
    partition.bundle(2, [aggregator.did, other.did])
    expect(partition.inForce).toBeDefined()
    partition.bundle(3, [other.did])
    expect(partition.inForce).toBeUndefined()
    partition.open()
    expect(partition.inForce).toBeUndefined()
    // A thief's last window bars nothing of what comes.
    expect(partition.activate("cohort", signed(cohortOf(TIME), other)).accepted).toBe(true)
  })

  it("need a bundle that names an aggregator", () => {
    const partition = new Rig()
    partition.bundle(1, undefined)
    expect(partition.activate("cohort", signed(cohortOf(TIME)))).toMatchObject({
      reasons: ["control.knowledge_unsigned"],
    })
  })

  it("are no reason for a warning when they end", () => {
    expect(COHORT.fleeting).toBe(true)
  })
})
