/** What a device's life does to what is decided of it: every verb in every state. */
import {
  type ControlFact,
  DEFAULT_RULES,
  LIFE_SIGNERS,
  LIFE_STATES,
  LIFE_VERBS,
  type LifeState,
  type LifeVerb,
  lifeAfter,
  NO_KNOWLEDGE,
  type Subject,
} from "@assay/trust"
import { describe, expect, it } from "vitest"
import { draftOf, LAYOUT } from "../src/state.ts"
import { Harness } from "./harness.ts"

const DEVICE = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
const TWO = ["did:key:op1", "did:key:op2"]
const CLAIM = {
  identity: DEVICE,
  manufacturer: "did:key:maker",
  vendor: "acme",
  class: "pump",
  serial: "1",
  handovers: 0,
}

const order = (verb: LifeVerb, signers: ReadonlyArray<string> = TWO, elsewhere = false): ControlFact => ({
  accepted: true,
  reasons: [],
  what: {
    kind: "command",
    verb,
    target: DEVICE,
    signers,
    reason: "as planned",
    evidence: "e".repeat(43),
    ...(verb === "claim" ? { claim: CLAIM } : {}),
  },
  ...(elsewhere ? { elsewhere: true } : {}),
})

/** A device in a state of its life; null: nobody has heard of it. */
const deviceIn = (life: LifeState | null): Harness => {
  const harness = new Harness()
  if (life === null) return harness
  const isAdmitted = ["active", "suspended", "quarantined"].includes(life)
  if (isAdmitted) harness.trusted(DEVICE)
  const draft = draftOf(harness.device(DEVICE), harness.time)
  draft.life = life === "quarantined" ? "active" : life
  if (life === "quarantined") draft.trust = "quarantined"
  harness.states.set(DEVICE, LAYOUT.seal(draft))
  return harness
}

describe.each([null, ...LIFE_STATES])("from %s", (life) => {
  it.each(LIFE_VERBS)(
    "%s leads where the table says, is recorded with actor, reason and evidence, or is refused",
    (verb) => {
      const harness = deviceIn(life)
      const { events } = harness.control(order(verb))
      const made = life === null && verb === "claim"
      const to = lifeAfter(made ? "manufactured" : life, verb)
      const [control, ...rest] = events
      if (to === null) {
        expect(control).toMatchObject({ kind: "control", accepted: false, reasons: ["control.life_refused"] })
        expect(JSON.parse((control as { detail: string }).detail)).toMatchObject({ life })
        expect(rest).toEqual([])
        expect(harness.device(DEVICE)?.life ?? "none").toBe(life === "quarantined" ? "active" : (life ?? "none"))
        return
      }
      expect(control).toMatchObject({ kind: "control", accepted: true })
      const moves = rest.filter(({ kind }) => kind === "life")
      expect(moves.at(made ? 1 : 0)).toEqual({
        kind: "life",
        device: DEVICE,
        from: made ? "manufactured" : life,
        to,
        move: verb,
        actors: TWO,
        reason: "as planned",
        evidence: "e".repeat(43),
      })
      if (made)
        expect(moves[0]).toMatchObject({ from: null, to: "manufactured", move: "make", actors: ["did:key:maker"] })
      expect(harness.device(DEVICE)!.life).toBe(to)
      expect(harness.trust(DEVICE) === "revoked").toBe(to === "transferred" || to === "retired")
    },
  )
})

describe("who may", () => {
  it.each(LIFE_VERBS)("%s takes as many operators as the code says", (verb) => {
    const from = LIFE_STATES.find((state) => lifeAfter(state, verb) !== null)!
    const { events } = deviceIn(from).control(order(verb, TWO.slice(0, 1)))
    const isEnough = LIFE_SIGNERS[verb] === 1
    expect(events[0]).toMatchObject(isEnough ? { accepted: true } : { accepted: false, reasons: ["control.threshold"] })
  })

  it("a revoked key is brought back by nothing of this, and its end is recorded still", () => {
    const harness = deviceIn("suspended")
    const draft = draftOf(harness.device(DEVICE), harness.time)
    draft.trust = "revoked"
    harness.states.set(DEVICE, LAYOUT.seal(draft))
    expect(harness.control(order("resume")).events[0]).toMatchObject({ reasons: ["anomaly.device_revoked"] })
    expect(harness.control(order("retire")).events).toMatchObject([{ accepted: true }, { kind: "life", to: "retired" }])
  })
})

describe("what a message comes to", () => {
  it.each([
    ["claimed", "anomaly.device_not_enrolled"],
    ["attested", "anomaly.device_not_enrolled"],
    ["suspended", "anomaly.device_suspended"],
    ["transferred", "anomaly.device_transferred"],
    ["retired", "anomaly.device_retired"],
  ] as const)("%s: withheld, teaches nothing, charges nothing", (life, reason) => {
    const harness = deviceIn(life)
    harness.admittedDevices.add(DEVICE)
    const before = LAYOUT.encode(harness.device(DEVICE)!)
    for (let n = 0; n < 20; n++) {
      const { decision } = harness.say(DEVICE, { values: [20] })
      expect(decision).toMatchObject({ outcome: "quarantined", reasons: expect.arrayContaining([reason]) })
    }
    expect(Buffer.from(LAYOUT.encode(harness.device(DEVICE)!)).equals(Buffer.from(before))).toBe(true)
  })

  it("an admission ends the enrolment, before the attestation or after it", () => {
    const before = deviceIn("claimed")
    before.admit(DEVICE)
    expect(before.device(DEVICE)!.life).toBe("claimed")
    expect(before.control(order("attest")).events).toMatchObject([
      {},
      { to: "attested" },
      { move: "admit", to: "active" },
    ])
    const after = deviceIn("attested")
    after.admit(DEVICE)
    expect(after.events.filter(({ kind }) => kind === "life")).toMatchObject([
      { move: "admit", to: "active", actors: [] },
    ])
  })

  describe("affirmed evidence of a claimed device", () => {
    const SUBJECT = { vendor: "acme", class: "gateway", assurance: "software", hardwareId: null } as unknown as Subject
    const claimed = (classes: ReadonlyArray<string> | null, expires = 2e12): Harness => {
      const harness = deviceIn("claimed")
      harness.admit(DEVICE)
      harness.subject = SUBJECT
      const body = { ...DEFAULT_RULES, version: 1, issued: 0, expires, attest: classes ?? [] }
      if (classes !== null)
        harness.knowledge = { ...NO_KNOWLEDGE, profile: { hash: "ab".repeat(32), version: 1, expires, body } }
      return harness
    }
    const moves = (harness: Harness) => harness.events.filter(({ kind }) => kind === "life")

    it("attests it, where the profile says so of its class, and rests on the evidence", () => {
      const harness = claimed(["gateway"])
      const { decision } = harness.say(DEVICE, { evidence: true })
      expect(decision).toMatchObject({ outcome: "quarantined", reasons: ["anomaly.device_not_enrolled"] })
      expect(moves(harness)).toMatchObject([
        { move: "attest", from: "claimed", to: "attested", actors: [], evidence: "d" },
        { move: "admit", from: "attested", to: "active", actors: [], evidence: null },
      ])
      expect(harness.device(DEVICE)!.life).toBe("active")
      expect(harness.say(DEVICE, { values: [20] }).decision!.reasons).toEqual(["anomaly.learning"])
    })

    it.each<[string, () => Harness, Parameters<Harness["say"]>[1]]>([
      ["without a profile", () => claimed(null), { evidence: true }],
      ["of another class", () => claimed(["pump"]), { evidence: true }],
      ["under a profile that has expired", () => claimed(["gateway"], 5), { evidence: true }],
      ["that was not affirmed", () => claimed(["gateway"]), { evidence: false }],
      [
        "that another stage refused",
        () => claimed(["gateway"]),
        { evidence: true, segmentation: ["segmentation.unassigned"] },
      ],
      ["that is a message", () => claimed(["gateway"]), { values: [20] }],
    ])("%s moves nothing", (_, prepare, said) => {
      const harness = prepare()
      harness.say(DEVICE, said)
      expect([moves(harness), harness.device(DEVICE)!.life]).toEqual([[], "claimed"])
    })

    it.each(LIFE_STATES.filter((life) => life !== "claimed"))("moves nothing from %s", (life) => {
      const harness = deviceIn(life)
      harness.admittedDevices.add(DEVICE)
      harness.subject = SUBJECT
      harness.knowledge = claimed(["gateway"]).knowledge
      harness.say(DEVICE, { evidence: true })
      expect(moves(harness)).toEqual([])
    })
  })

  it("suspended and resumed, the device is where it was", () => {
    const harness = deviceIn("active")
    const reputation = harness.device(DEVICE)!.good
    harness.control(order("suspend"))
    harness.say(DEVICE)
    harness.control(order("resume"))
    expect([harness.trust(DEVICE), harness.device(DEVICE)!.good]).toEqual(["trusted", reputation])
    expect(harness.say(DEVICE).decision).toMatchObject({ outcome: "verified" })
  })
})

describe("in the other partitions", () => {
  it.each(LIFE_VERBS)("%s: only the end of a life reaches other names of its key, and needs two there too", (verb) => {
    const ends = verb === "transfer" || verb === "retire"
    const { states, events } = new Harness().control(order(verb, TWO, true))
    expect([states.length, events]).toEqual([ends ? 1 : 0, []])
    expect(new Harness().control(order(verb, TWO.slice(0, 1), true)).states).toEqual([])
  })
})
