/** Evidence through the pipeline: what it raises, what lowers it at once, and how it is appraised again without the device. */
import { createHash } from "node:crypto"
import { publishKnowledge } from "@assay/engine"
import { BOOT, digestOf, Prover, policyText, World } from "@assay/fleet"
import { dsseSign, parseCompact } from "@assay/jose"
import { POLICY_PAYLOAD_TYPE } from "@assay/knowledge"
import { type CoseClaims, coseMessage } from "@assay/message"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { openDriver, START } from "@assay/testkit/fleet"
import { type AssayedMessage, type AuditEvent, VERBS } from "@assay/trust"
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest"
import { decidedMessage } from "./decided.ts"

afterAll(closeVerifyPool)

const LEARN = 13

let world: World
let driver: Driver
let prover: Prover

/** As an engineer would write it: what flows to the historian must stand on hardware. */
const strictPolicy = (): Uint8Array => {
  const text = policyText(START)
    .replace("version: 1", "version: 2")
    .replace(/(\n +)owner: process-engineering/, "$1minAssurance: hardware$1owner: process-engineering")
  return dsseSign(POLICY_PAYLOAD_TYPE, Buffer.from(text), world.roots.slice(1))
}

const decided = async (bytes: Uint8Array): Promise<AssayedMessage> => {
  const origin = await driver.say(prover.device.did, bytes)
  await driver.settle()
  return decidedMessage(driver, origin)
}
const say = (): Promise<AssayedMessage> => decided(prover.device.message().bytes)
const attest = (): Promise<AssayedMessage> => decided(prover.evidence().bytes)
const appraisals = async (): Promise<ReadonlyArray<AuditEvent>> =>
  (await driver.audit()).filter(({ kind }) => kind === "appraisal")
const assuranceOf = ({ verdicts }: AssayedMessage): string => verdicts.anomaly!.assurance

beforeEach(async () => {
  world = new World({ seed: "appraisal", now: START, hardware: true, clockSeconds: 100_000, rights: VERBS })
  prover = new Prover(world.device("pump", { ordinal: 1 }), world.hardware!.tpm("pump"), world.hardware!)
  driver = await openDriver(world)
  await driver.say(prover.device.did, prover.device.presentation())
  await driver.settle()
  for (let n = 0; n < LEARN; n++) await driver.say(prover.device.did, prover.device.message())
  await driver.settle()
})
afterEach(() => driver.close())

describe("evidence that holds", () => {
  it("raises the assurance of what the device says, and of nothing before", async () => {
    expect(assuranceOf(await say())).toBe("software")
    const evidence = await attest()
    expect(evidence.decision).toMatchObject({ outcome: "verified", reasons: [] })
    expect(evidence.claims).toMatchObject({ kind: "evidence", format: "tpm2", epo: 0 })
    const after = await say()
    expect(after.decision!.outcome).toBe("verified")
    expect(assuranceOf(after)).toBe("hardware")
    expect(after.subject!.assurance).toBe("software")
  })

  it("is recorded as an attestation result with the hashes of what it rests on", async () => {
    const { verdicts, claims } = await attest()
    const [event] = await appraisals()
    const { evidence, ear } = JSON.parse(event!.detail!)
    expect(evidence).toBe(claims!.digest)
    expect(ear).toMatchObject({
      eat_profile: "tag:ietf.org,2026:rats/ear#04",
      submods: {
        tpm2: {
          ear_status: "affirming",
          ear_trustworthiness_vector: { "instance-identity": 2, configuration: 2, executables: 3, hardware: 2 },
        },
      },
    })
    const cited = ear.submods.tpm2.ear_appraisal_policy_ids.map((id: string) => id.slice("urn:assay:knowledge:".length))
    expect(cited).toHaveLength(2)
    for (const hash of cited) expect(verdicts.integrity!.knowledge).toContain(hash)
  })

  it("meets what a conduit asks for, which a credential alone does not", async () => {
    await publishKnowledge(driver.log, "policy", strictPolicy())
    expect((await say()).decision).toMatchObject({ outcome: "quarantined", reasons: ["anomaly.min_assurance"] })
    await attest()
    expect((await say()).decision).toMatchObject({ outcome: "verified" })
  })

  it("comes as COSE too, in less than two thirds of the bytes, and a second copy of it in the other format answers nothing", async () => {
    const { bytes } = prover.evidence()
    const jws = parseCompact(bytes, { typ: ["m2m-evidence+jwt"] })
    if ("reason" in jws) throw new Error(jws.detail)
    const claims = JSON.parse(Buffer.from(jws.payload).toString()) as CoseClaims
    const { key, kid } = prover.device.profile.identity
    const cose = coseMessage(claims, key, kid)
    expect(cose.length).toBeLessThan((2 / 3) * bytes.length)
    const shown = await decided(cose)
    expect(shown.decision).toMatchObject({ outcome: "verified", reasons: [] })
    expect(shown.claims).toMatchObject({ kind: "evidence", format: "tpm2" })
    expect(assuranceOf(await say())).toBe("hardware")
    expect((await decided(bytes)).verdicts.integrity!.reasons).toEqual(["integrity.challenge_used"])
  })

  it("survives a restart, and a replay comes to the same", async () => {
    await attest()
    await driver.restart()
    expect(assuranceOf(await say())).toBe("hardware")
    expect(await driver.replay()).toMatchObject({ differences: [] })
  })
})

describe("lowered at once", () => {
  beforeEach(async () => {
    await attest()
    expect(assuranceOf(await say())).toBe("hardware")
  })

  it("by a boot that no evidence is about, until there is some", async () => {
    prover.device.reboot()
    prover.tpm.reboot()
    expect(assuranceOf(await say())).toBe("software")
    expect(JSON.parse((await appraisals()).at(-1)!.detail!)).toEqual({ lowered: "it booted again: epoch 1 after 0" })
    expect((await attest()).decision!.outcome).toBe("verified")
    expect(assuranceOf(await say())).toBe("hardware")
  })

  it("by another firmware", async () => {
    const fw = world.olderFirmware
    expect(assuranceOf(await decided(prover.device.message({ fw }).bytes))).toBe("software")
    expect(assuranceOf(await say())).toBe("software")
  })

  it("by a renewal that does not come", async () => {
    driver.now += 86_400_000 + 60_000
    const late = await decided(prover.device.message({ iat: Math.floor(driver.now / 1000) }).bytes)
    expect(assuranceOf(late)).toBe("software")
    expect((await appraisals()).at(-1)!.detail).toContain("no evidence came in time")
  })

  it("by an endorsement that has expired, which is held against nobody", async () => {
    const { services, device, tpm } = prover
    const endorsement = services.endorsement(device.did, tpm, { exp: Math.floor(driver.now / 1000) })
    const late = await decided(prover.evidence({ evidence: { endorsement } }).bytes)
    expect(late.verdicts.integrity!.reasons).toEqual(["integrity.binding_ended"])
    expect((await say()).decision!.reputation).toBeGreaterThanOrEqual(late.decision!.reputation!)
  })

  it("by operators who end its binding: what was endorsed before counts no more, and what is endorsed then does", async () => {
    driver.now += 60_000
    const order = { verb: "unbind", target: prover.device.did, seq: 1 } as const
    await driver.command(...world.operators.slice(0, 2).map((by) => world.command(by, order)))
    await driver.settle()
    expect(JSON.parse((await appraisals()).at(-1)!.detail!)).toEqual({
      lowered: "operators ended its binding to this hardware",
    })
    expect(assuranceOf(await say())).toBe("software")
    const again = await attest()
    expect(again.verdicts.integrity!.reasons).toEqual(["integrity.binding_ended"])
    expect((await say()).decision!.reputation).toBeGreaterThanOrEqual(again.decision!.reputation!)
    expect(JSON.parse(again.verdicts.integrity!.detail!).why).toContain("enrol again")
    // Enrolled anew.
    const { services, device, tpm } = prover
    const endorsement = services.endorsement(device.did, tpm, { iat: Math.floor(driver.now / 1000) + 1 })
    expect((await decided(prover.evidence({ evidence: { endorsement } }).bytes)).decision!.outcome).toBe("verified")
    expect(assuranceOf(await say())).toBe("hardware")
    expect(await driver.replay()).toMatchObject({ differences: [] })
  })

  it("by another boot that the evidence shows", async () => {
    prover.device.reboot()
    prover.tpm.reboot([...BOOT, { pcr: 4, name: "another kernel" }])
    const { decision, verdicts } = await attest()
    expect(decision).toMatchObject({ outcome: "quarantined", reasons: ["integrity.boot_unlisted"] })
    expect(JSON.parse(verdicts.integrity!.detail!)).toMatchObject({ status: "warning" })
    expect(assuranceOf(await say())).toBe("software")
  })
})

describe("appraised again, without the device", () => {
  const publish = async (version: number, statuses: Parameters<NonNullable<World["hardware"]>["references"]>[2]) =>
    publishKnowledge(
      driver.log,
      "reference-values",
      world.signReferences(world.hardware!.references(version, 30, statuses)),
    )

  beforeEach(async () => {
    await attest()
    expect(assuranceOf(await say())).toBe("hardware")
  })

  it.each([
    ["vulnerable", "warning", 32],
    ["revoked", "contraindicated", 96],
  ] as const)(
    "an advisory that lists the kernel as %s ends it, and the next version restores it",
    async (status, ear, claim) => {
      await publish(2, { "kernel 6.12": status })
      const after = await say()
      expect(assuranceOf(after)).toBe("software")
      // The device is charged with nothing: it has done nothing.
      expect(after.decision).toMatchObject({ outcome: "verified", reasons: [] })
      expect(JSON.parse((await appraisals()).at(-1)!.detail!)).toMatchObject({
        evidence: null,
        ear: { submods: { tpm2: { ear_status: ear, ear_trustworthiness_vector: { executables: claim } } } },
      })
      await publish(3, {})
      expect(assuranceOf(await say())).toBe("hardware")
    },
  )

  it("a certificate that is revoked ends it", async () => {
    const revoked = prover.tpm.chain.map((der) => createHash("sha256").update(der).digest("hex"))
    const body = { ...world.hardware!.endorsements(2), revoked }
    await publishKnowledge(driver.log, "endorsements", world.signEndorsements(body))
    expect(assuranceOf(await say())).toBe("software")
  })

  describe("measurements that were not listed", () => {
    beforeEach(async () => {
      prover.device.reboot()
      prover.tpm.reboot([...BOOT, { pcr: 4, name: "kernel 6.13" }])
      expect((await attest()).decision!.reasons).toEqual(["integrity.boot_unlisted"])
      const references = world.hardware!.references(2)
      const listed = { digest: digestOf("kernel 6.13").toString("hex"), name: "kernel 6.13", status: "good" as const }
      const events = references.events.map((rule) =>
        rule.index === 4 ? { ...rule, values: [...rule.values, listed] } : rule,
      )
      await publishKnowledge(driver.log, "reference-values", world.signReferences({ ...references, events }))
      expect(assuranceOf(await say())).toBe("hardware")
    })

    it("are affirmed once they are, and renewed", async () => {
      expect((await attest()).decision!.reasons).toEqual([])
    })

    it("are charged to nobody once they were: only the references changed", async () => {
      await publish(3, {})
      expect((await attest()).decision!.reasons).toEqual(["integrity.reference_changed"])
    })
  })

  it("nobody is charged where only the references changed", async () => {
    const references = world.hardware!.references(2)
    const events = references.events.map((rule) =>
      rule.index === 4 ? { ...rule, values: rule.values.filter(({ name }) => name !== "kernel 6.12") } : rule,
    )
    await publishKnowledge(driver.log, "reference-values", world.signReferences({ ...references, events }))
    expect((await attest()).decision!.reasons).toEqual(["integrity.reference_changed"])
  })
})

describe("what is not known", () => {
  it("raises nothing: evidence of a class without references is not appraised, and held against nobody", async () => {
    const other = new World({ seed: "other class", now: START, hardware: true })
    const items = other.signedItems.filter(([kind]) => kind !== "reference-values")
    const plain = await openDriver(Object.create(other, { signedItems: { value: items } }) as World)
    const alone = new Prover(other.device("one", { ordinal: 1 }), other.hardware!.tpm("one"), other.hardware!)
    await plain.say(alone.device.did, alone.device.presentation())
    await plain.settle()
    const origin = await plain.say(alone.device.did, alone.evidence())
    await plain.settle()
    const { verdicts } = await decidedMessage(plain, origin)
    expect(verdicts.integrity).toMatchObject({
      outcome: "warn",
      reasons: ["integrity.evidence_unappraised"],
      assurance: "none",
    })
    await plain.close()
  })
})
