/** Verbs that came after the first bundles: what they must name, and how many sign them whatever a bundle says. */
import { signClaims } from "@assay/jose"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import type { ControlFact, ReasonCode, Verb } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { CONTROL_TYP, MAX_DEVICES, openCommand } from "../../src/authority/command.ts"

const [a, b, weak] = [actor(), actor("ES256"), actor()]
const LOG = { epoch: 1, genesis: 900_000 }
const rights: ReadonlyArray<Verb> = ["resync", "rebaseline", "unbind", "revoke"]
/** As it was signed before the verbs came to be: no thresholds for them. */
const bundle = bundleOf(actor(), {
  operators: [a, b].map(({ did }) => ({ did, rights })).concat({ did: weak.did, rights: ["release" as never] }),
})
const VALUE = `${"q".repeat(42)}A`
const DEVICES = ["did:key:zA", "did:key:zB"]

const sign = (who: Actor, over: object): string =>
  signClaims(
    {
      iss: who.did,
      aud: "https://plant.example/",
      log: "assay-log:1:900000",
      iat: 990,
      exp: 1100,
      seq: 7,
      target: "did:key:zX",
      reason: "test",
      ...over,
    },
    who.key,
    { kid: who.kid, typ: CONTROL_TYP },
  ).toString()

const open = (signers: ReadonlyArray<Actor>, over: object, others: object = over): ControlFact =>
  openCommand(
    signers.map((who, n) => sign(who, n === 0 ? over : others)),
    bundle,
    1_000_000,
    LOG,
  ).fact

const resync = { verb: "resync", value: VALUE }
const unbind = { verb: "unbind" }
const WEB = "did:web:plant.example"
const revoke = (of: string, target: string) => ({ verb: "revoke", target, revocation: { of, from: 5, list: null } })
const rebaseline = { verb: "rebaseline", target: "class=pump", devices: DEVICES }

describe("verbs that came later", () => {
  it("are taken from two operators with the right, and carry what they are about", () => {
    expect(open([a, b], resync)).toMatchObject({ accepted: true, what: { verb: "resync", value: VALUE } })
    expect(open([a, b], rebaseline)).toMatchObject({ accepted: true, what: { devices: DEVICES } })
    for (const of of ["document-key", "issuer-key"])
      expect(open([a, b], revoke(of, `${WEB}#${a.did}`))).toMatchObject({
        accepted: true,
        what: { revocation: { of } },
      })
    expect(open([a, b], unbind)).toMatchObject({ accepted: true, what: { verb: "unbind", target: "did:key:zX" } })
  })

  it.each<[string, ReadonlyArray<Actor>, object, ReasonCode]>([
    ["one operator for resync", [a], resync, "control.threshold"],
    ["one operator for rebaseline", [a], rebaseline, "control.threshold"],
    ["one operator for unbind", [a], unbind, "control.threshold"],
    ["an unbind of no device", [a, b], { ...unbind, target: "class=pump" }, "control.malformed"],
    ["an unbind that rests on something", [a, b], { ...unbind, evidence: VALUE }, "control.malformed"],
    ["the name of a key and not the key", [a, b], revoke("document-key", `${WEB}#key-1`), "control.malformed"],
    ["a key of no document", [a, b], revoke("document-key", `${a.did}#${a.did}`), "control.malformed"],
    ["a whole issuer as one key", [a, b], revoke("issuer-key", WEB), "control.malformed"],
    ["a key that is none", [a, b], revoke("issuer-key", `${WEB}#did:key:zNone`), "control.malformed"],
    ["one operator for a key of a document", [a], revoke("issuer-key", `${WEB}#${a.did}`), "control.threshold"],
    ["an operator without the right", [a, weak], resync, "control.right_missing"],
    ["a resync that names no value", [a, b], { verb: "resync" }, "control.malformed"],
    ["a value that is no hash", [a, b], { ...resync, value: "short" }, "control.malformed"],
    ["a rebaseline that names nobody", [a, b], { verb: "rebaseline" }, "control.malformed"],
    ["devices twice", [a, b], { ...rebaseline, devices: ["did:key:zA", "did:key:zA"] }, "control.malformed"],
    ["devices in no order", [a, b], { ...rebaseline, devices: DEVICES.toReversed() }, "control.malformed"],
    ["a value for another verb", [a, b], { ...rebaseline, value: VALUE }, "control.malformed"],
    [
      "more devices than one command can name",
      [a, b],
      { ...rebaseline, devices: Array.from({ length: MAX_DEVICES + 1 }, (_, n) => `did:key:z${1000 + n}`) },
      "control.malformed",
    ],
  ])("refuse %s", (_, signers, over, reason) => {
    expect(open(signers, over)).toMatchObject({ accepted: false, reasons: expect.arrayContaining([reason]) })
  })

  it("refuse two operators who signed for other values or other devices", () => {
    const other = { ...resync, value: `${"r".repeat(42)}A` }
    expect(open([a, b], resync, other).reasons).toEqual(["control.malformed"])
    expect(open([a, b], rebaseline, { ...rebaseline, devices: ["did:key:zA"] }).reasons).toEqual(["control.malformed"])
  })
})
