import type { CredentialInput } from "@assay/credentials"
import { signClaims } from "@assay/jose"
import type { MessageEntry, ReasonCode } from "@assay/trust"
import { describe, expect, it } from "vitest"
import {
  type Actor,
  AUD,
  actor,
  bundleOf,
  caps,
  credentialOf,
  DAY,
  device,
  identityWith,
  maker,
  messageOf,
  NOW,
  partition,
  presentationOf,
  REVOCATIONS,
  SUSPENSIONS,
  stranger,
  temp,
  twin,
} from "./world.ts"

const bothLists: CredentialInput["status"] = [
  { list: REVOCATIONS, purpose: "revocation", index: 7 },
  { list: SUSPENSIONS, purpose: "suspension", index: 8 },
]

describe("a presentation", () => {
  it("is accepted, admits the device and tells later stages what it is", async () => {
    const { judge, states } = partition()
    const entry = presentationOf([credentialOf()])
    const { verdict, admit } = await judge(entry)
    expect(verdict).toMatchObject({ outcome: "pass", reasons: [], assurance: "software", knowledge: ["b1".repeat(32)] })
    expect(admit).toBe(device.did)
    expect(entry.message.subject).toEqual({ vendor: "acme", class: "pump", assurance: "software" })
    expect(states.get(device.did)?.accepted).toHaveLength(1)
  })

  it.each<[string, Partial<CredentialInput>, Actor, Parameters<typeof bundleOf>[0], ReasonCode]>([
    ["of another device", { subject: twin.did }, maker, {}, "credential.holder_mismatch"],
    ["of an untrusted issuer", {}, stranger, {}, "credential.issuer_untrusted"],
    ["of a vendor outside the issuer's scope", { vendor: "other" }, maker, {}, "credential.issuer_scope"],
    ["of more assurance than the issuer may attest", { assurance: "hardware" }, maker, {}, "credential.issuer_scope"],
    ["not valid yet", { validFrom: NOW + 60_001 }, maker, {}, "credential.not_yet_valid"],
    ["expired at this very moment", { validUntil: NOW }, maker, {}, "credential.expired"],
    ["revoked", {}, maker, { revoked: [7] }, "credential.revoked"],
    ["suspended", { status: bothLists }, maker, { suspended: [8] }, "credential.suspended"],
    ["revoked on a stale list", {}, maker, { revoked: [7], issued: NOW - DAY }, "credential.revoked"],
    ["on a stale list", {}, maker, { issued: NOW - 60_001 }, "credential.status_stale_act"],
    ["on a list that the bundle lacks", {}, maker, { over: { statusLists: [] } }, "credential.status_unavailable"],
    ["beyond its list", { status: [{ ...bothLists[0]!, index: 131_072 }] }, maker, {}, "credential.status_index"],
  ])("is refused: %s", async (_, input, issuer, options, reason) => {
    const { judge, states } = partition()
    const entry = presentationOf([credentialOf(input, issuer)], { bundle: bundleOf(options) })
    const { verdict, admit } = await judge(entry)
    expect(verdict.reasons).toEqual([reason])
    expect(verdict).toMatchObject({ outcome: "fail", assurance: "none" })
    expect([admit, entry.message.subject, states.size]).toEqual([undefined, null, 0])
  })

  it.each<[string, (token: string) => string, ReasonCode]>([
    [
      "another signature",
      (t) => `${t.slice(0, t.lastIndexOf("."))}.${credentialOf({ class: "x" }).split(".")[2]}`,
      "credential.signature_invalid",
    ],
    ["no token at all", () => "x", "credential.malformed"],
    ["a token beyond the size cap", (t) => t + "A".repeat(40_000), "credential.malformed"],
  ])("is refused with %s", async (_, change, reason) => {
    const { judge, states } = partition()
    expect((await judge(presentationOf([change(credentialOf())]))).verdict.reasons).toEqual([reason])
    expect(states.size).toBe(0)
  })

  it("accepts what holds beside what does not", async () => {
    const { judge, states } = partition()
    const { verdict } = await judge(presentationOf([credentialOf({ validUntil: NOW }), credentialOf()]))
    expect(verdict).toMatchObject({ reasons: ["credential.expired"], assurance: "software" })
    expect(states.get(device.did)?.accepted).toHaveLength(1)
  })

  it("changes nothing, and costs no signature, when it is repeated", async () => {
    const { judge, counts, admit } = partition()
    const token = credentialOf()
    await judge(presentationOf([token]))
    await admit(device.did)
    expect(await judge(presentationOf([token]))).toMatchObject({ state: undefined, admit: undefined })
    expect(counts.verified).toBe(1)
    // Another bundle may trust other issuers: then the signature is looked at anew.
    await judge(presentationOf([token], { bundle: bundleOf({ hash: "b2".repeat(32) }) }))
    expect(counts.verified).toBe(2)
  })

  it("verifies no signature of an issuer that nobody knows", async () => {
    const { judge, counts } = partition()
    await judge(presentationOf([credentialOf({}, stranger)]))
    expect(counts.verified).toBe(0)
  })

  it("teaches nothing after another stage doubted the message", async () => {
    const { judge, states } = partition()
    await judge(presentationOf([credentialOf()], { identity: identityWith(["identity.clone_evidence"]) }))
    expect(states.size).toBe(0)
  })

  it("keeps four credentials; a renewal takes the place of what it renews, an expired one makes room", async () => {
    const { judge, states } = partition()
    const named = (name: string, until = NOW + DAY) => credentialOf({ class: name, validUntil: until })
    const classes = () => [...states.get(device.did)!.accepted].map(({ terms }) => terms.class)
    await judge(presentationOf(["a", "b", "c", "d"].map((name) => named(name, name === "b" ? NOW + 2 : undefined))))
    expect((await judge(presentationOf([named("e")]))).verdict.reasons).toEqual(["credential.too_many"])
    expect((await judge(presentationOf([named("a", NOW + 2 * DAY)]))).verdict.reasons).toEqual([])
    expect(classes()).toEqual(["b", "c", "d", "a"])
    expect((await judge(presentationOf([named("e")], { time: NOW + 2 }))).verdict.reasons).toEqual([])
    expect(classes()).toEqual(["c", "d", "a", "e"])
  })

  it("drops first what will never count again, then equal terms that end no later, then what does not count now", async () => {
    const { judge, states } = partition()
    const status = (index: number) => [{ list: REVOCATIONS, purpose: "revocation" as const, index }]
    const named = (name: string, index: number) => credentialOf({ class: name, status: status(index) })
    const kept = () => [...states.get(device.did)!.accepted].map(({ terms, indices }) => [terms.class, indices.at(0)])
    // Equal in terms and in their end: a renewal of the same day.
    await judge(presentationOf([1, 2, 3, 4].map((index) => named("a", index))))
    expect((await judge(presentationOf([named("a", 5)]))).verdict.reasons).toEqual([])
    expect(kept()).toEqual([2, 3, 4, 5].map((index) => ["a", index]))
    // Three of four are revoked, and one that grants something else is shown.
    const revoked = { bundle: bundleOf({ revoked: [3, 4, 5], hash: "b3".repeat(32) }) }
    for (const [name, index] of [
      ["b", 6],
      ["c", 7],
      ["d", 8],
    ] as const)
      expect((await judge(presentationOf([named(name, index)], revoked))).verdict.reasons).toEqual([])
    expect(kept()).toEqual([
      ["a", 2],
      ["b", 6],
      ["c", 7],
      ["d", 8],
    ])
    expect((await judge(presentationOf([named("e", 9)], revoked))).verdict.reasons).toEqual(["credential.too_many"])
  })

  it("makes room for what counts by what is suspended, and never the other way", async () => {
    const { judge, states } = partition()
    const held = (name: string, index: number) =>
      credentialOf({ class: name, status: [{ list: SUSPENSIONS, purpose: "suspension", index }] })
    await judge(presentationOf([held("a", 1), held("b", 2), held("c", 3), held("d", 4)]))
    const bundle = bundleOf({ suspended: [2], hash: "b4".repeat(32) })
    expect((await judge(presentationOf([held("e", 5)], { bundle }))).verdict.reasons).toEqual([])
    expect([...states.get(device.did)!.accepted].map(({ terms }) => terms.class)).toEqual(["a", "c", "d", "e"])
    expect((await judge(presentationOf([held("b", 2)], { bundle }))).verdict.reasons).toEqual(["credential.suspended"])
  })

  it.each([0, 2_000, 60_000])("is accepted from an issuer whose clock is %i ms ahead", async (ahead) => {
    const { judge, admit } = partition()
    const { verdict } = await judge(presentationOf([credentialOf({ validFrom: NOW + ahead })]))
    expect(verdict.reasons).toEqual([])
    await admit(device.did)
    expect((await judge(messageOf())).verdict.reasons).toEqual([])
  })

  it("says of what a trusted issuer signed wrongly that it did, and of anybody else's that it is malformed", async () => {
    const { judge } = partition()
    const odd = (signer: Actor, issuer: object | string) => {
      const body = JSON.parse(Buffer.from(credentialOf().split(".")[1]!, "base64url").toString())
      const kid = `${signer.did}#${signer.did.slice("did:key:".length)}`
      return signClaims({ ...body, issuer, termsOfUse: [] }, signer.key, { kid, typ: "vc+jwt" }).toString()
    }
    const reasonsOf = async (token: string) => (await judge(presentationOf([token]))).verdict
    expect((await reasonsOf(odd(maker, maker.did))).reasons).toEqual(["credential.issued_malformed"])
    expect((await reasonsOf(odd(maker, { id: maker.did }))).detail).toMatch(/termsOfUse is not a known key/)
    expect((await reasonsOf(odd(stranger, maker.did))).reasons).toEqual(["credential.malformed"])
    expect((await reasonsOf(odd(stranger, stranger.did))).reasons).toEqual(["credential.malformed"])
  })

  it("that was accepted, shown again while its issuer is withdrawn, is no unknown issuer's", async () => {
    const { judge } = partition()
    const without = { bundle: bundleOf({ over: { issuers: [] }, hash: "b5".repeat(32) }) }
    const token = credentialOf()
    await judge(presentationOf([token]))
    expect((await judge(presentationOf([token], without))).verdict.reasons).toEqual(["credential.issuer_withdrawn"])
    const never = credentialOf({ class: "other" })
    expect((await judge(presentationOf([never], without))).verdict.reasons).toEqual(["credential.issuer_untrusted"])
  })

  it("looks at four credentials only", async () => {
    const { judge, counts } = partition()
    const five = ["a", "b", "c", "d", "e"].map((name) => credentialOf({ class: name }))
    expect((await judge(presentationOf(five))).verdict.reasons).toEqual(["credential.too_many"])
    expect(counts.verified).toBe(4)
  })
})

describe("a message", () => {
  const accepted = async (input: Partial<CredentialInput> = {}) => {
    const world = partition()
    await world.judge(presentationOf([credentialOf(input)]))
    await world.admit(device.did)
    return world
  }

  it("passes under an accepted credential", async () => {
    const { judge } = await accepted()
    const entry = messageOf()
    expect((await judge(entry)).verdict).toMatchObject({ outcome: "pass", assurance: "software", detail: null })
    expect(entry.message.subject).toEqual({ vendor: "acme", class: "pump", assurance: "software" })
  })

  it.each<[string, MessageEntry, "pass" | "warn" | "fail", ReasonCode[], boolean]>([
    ["no bundle", messageOf({ bundle: null }), "fail", ["credential.bundle_missing"], false],
    [
      "an expired bundle",
      messageOf({ bundle: bundleOf({ over: { expires: NOW } }) }),
      "fail",
      ["credential.bundle_expired"],
      false,
    ],
    ["a stranger", messageOf({ claims: { iss: actor().did } }), "fail", ["credential.missing"], false],
    ["an expired credential", messageOf({ time: NOW + DAY }), "fail", ["credential.expired"], false],
    ["a revoked credential", messageOf({ bundle: bundleOf({ revoked: [7] }) }), "fail", ["credential.revoked"], false],
    ["another device's revocation", messageOf({ bundle: bundleOf({ revoked: [6, 8] }) }), "pass", [], true],
    [
      "an issuer that is trusted no longer",
      messageOf({ bundle: bundleOf({ over: { issuers: [] } }) }),
      "fail",
      ["credential.issuer_withdrawn"],
      false,
    ],
    ["a list at its maximum age", messageOf({ time: NOW + 60_000 }), "pass", [], true],
    ["telemetry on a stale list", messageOf({ time: NOW + 60_001 }), "warn", ["credential.status_stale"], true],
    [
      "an event on a stale list",
      messageOf({ time: NOW + 60_001, claims: { act: "event" } }),
      "fail",
      ["credential.status_stale_act"],
      false,
    ],
    [
      "a lacking list",
      messageOf({ bundle: bundleOf({ over: { statusLists: [] } }) }),
      "fail",
      ["credential.status_unavailable"],
      false,
    ],
    [
      "a reading that is not granted",
      messageOf({ readings: [{ ...temp(1), name: "rpm" }] }),
      "fail",
      ["credential.measurement_refused"],
      true,
    ],
    [
      "a value out of range",
      messageOf({ readings: [temp(20), temp(86)] }),
      "fail",
      ["credential.value_out_of_range"],
      true,
    ],
    [
      "no number where bounds are granted",
      messageOf({ readings: [{ ...temp(0), value: null, flag: true }] }),
      "fail",
      ["credential.grant_impossible"],
      true,
    ],
    [
      "an act that is not granted",
      messageOf({ claims: { act: "command" } }),
      "fail",
      ["credential.action_refused"],
      true,
    ],
    [
      "an audience that is not granted",
      messageOf({ claims: { aud: "https://other.example/" } }),
      "fail",
      ["credential.audience_refused"],
      true,
    ],
    [
      "a refusal on a stale list",
      messageOf({ time: NOW + 60_001, readings: [temp(86)] }),
      "fail",
      ["credential.value_out_of_range", "credential.status_stale"],
      true,
    ],
  ])("%s", async (_, entry, outcome, reasons, hasSubject) => {
    const { judge } = await accepted()
    const { verdict } = await judge(entry)
    expect(verdict.reasons).toEqual(reasons)
    expect(verdict.outcome).toBe(outcome)
    expect(entry.message.subject !== null).toBe(hasSubject)
    expect(verdict.assurance).toBe(hasSubject ? "software" : "none")
  })

  it("may lean on any one credential, but not on parts of two", async () => {
    const { judge } = await accepted()
    const rpm = { name: "rpm", unit: null, min: null, max: null }
    await judge(presentationOf([credentialOf({ class: "fan", capabilities: { ...caps, measurements: [rpm] } })]))
    const spin = { ...temp(1), name: "rpm", unit: null }
    const other = messageOf({ readings: [spin] })
    expect((await judge(other)).verdict.reasons).toEqual([])
    expect(other.message.subject?.class).toBe("fan")
    expect((await judge(messageOf({ readings: [spin, temp(1)] }))).verdict.reasons).toEqual([
      "credential.measurement_refused",
    ])
  })

  it("may come as often as granted, and again when the minute has passed", async () => {
    const { judge } = await accepted({ capabilities: { ...caps, ratePerMinute: 3 } })
    const at = async (time: number) => (await judge(messageOf({ time }))).verdict.reasons
    for (let i = 0; i < 3; i++) expect(await at(NOW)).toEqual([])
    expect(await at(NOW)).toEqual(["credential.rate_exceeded"])
    expect(await at(NOW + 19_999)).toEqual(["credential.rate_exceeded"])
    expect(await at(NOW + 20_000)).toEqual([])
    expect(await at(NOW + 20_000)).toEqual(["credential.rate_exceeded"])
  })

  it("uses up no rate where it is not proven to be the device's next word", async () => {
    const { judge, states } = await accepted()
    const before = states.get(device.did)
    await judge(messageOf({ identity: identityWith(["identity.stale"]) }))
    expect(states.get(device.did)).toBe(before)
    await judge(messageOf({ claims: { aud: AUD } }))
    expect(states.get(device.did)).not.toBe(before)
  })
})

describe("hardware", () => {
  const hardwareId = "SN-1"
  const own = credentialOf({ hardwareId })
  const cloned = credentialOf({ hardwareId, subject: twin.did })
  const asTwin = { claims: { iss: twin.did } }

  it("belongs to the first device that was admitted with it", async () => {
    const { judge, admit } = partition()
    await judge(presentationOf([own]))
    await admit(device.did)
    const { verdict } = await judge(presentationOf([cloned], asTwin))
    expect(verdict.reasons).toEqual(["credential.hardware_mismatch"])
  })

  it("is decided by the order of admissions where both came before either", async () => {
    const { judge, admit, states } = partition()
    await judge(presentationOf([own]))
    await judge(presentationOf([cloned], asTwin))
    await admit(device.did)
    const { events } = await admit(twin.did)
    expect(events).toMatchObject([{ kind: "incident" }])
    expect(states.get(device.did)?.accepted).toHaveLength(1)
    expect(states.get(twin.did)?.accepted).toHaveLength(0)
    expect((await judge(messageOf(asTwin))).verdict.reasons).toEqual(["credential.missing"])
  })

  it("passes on when its owner's credential is revoked or has expired", async () => {
    for (const after of [{ bundle: bundleOf({ revoked: [7] }) }, { time: NOW + DAY }]) {
      const { judge, admit } = partition()
      await judge(presentationOf([own]))
      await admit(device.did)
      const status = [{ list: REVOCATIONS, purpose: "revocation", index: 9 }] as const
      const renewed = credentialOf({ hardwareId, subject: twin.did, status, validUntil: NOW + 2 * DAY })
      const bundle = after.bundle ?? bundleOf({ issued: NOW + DAY })
      const { verdict, admit: asked } = await judge(presentationOf([renewed], { ...asTwin, ...after, bundle }))
      expect(verdict.reasons).toEqual([])
      expect(asked).toBe(twin.did)
    }
  })

  it("of two vendors may bear one number", async () => {
    const { judge, admit } = partition()
    const issuers = [{ ...bundleOf().body.issuers[0]!, vendors: ["*"] }]
    const bundle = bundleOf({ over: { issuers } })
    await judge(presentationOf([own], { bundle }))
    await admit(device.did, NOW, bundle)
    const other = credentialOf({ hardwareId, subject: twin.did, vendor: "other" })
    expect((await judge(presentationOf([other], { ...asTwin, bundle }))).verdict.reasons).toEqual([])
  })
})
