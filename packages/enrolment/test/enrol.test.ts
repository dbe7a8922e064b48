/** Enrolment and challenges, with a TPM in software on one side and the five stages behind: what is signed here is believed there. */

import { createHash } from "node:crypto"
import { type Device, evidenceOf, Prover, type SoftTpm, World } from "@assay/fleet"
import { decodeAudit } from "@assay/schemas"
import { signerOfKey } from "@assay/signing"
import { STREAMS } from "@assay/streams"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { openDriver, START } from "@assay/testkit/fleet"
import { VERBS, type Verb } from "@assay/trust"
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Enrolment, EnrolmentRefused, openEnrolment, type Recorded } from "../src/index.ts"

afterAll(closeVerifyPool)

let world: World
let driver: Driver
let enrolment: Enrolment
let device: Device
let tpm: SoftTpm
let now: number
let seq = 0

const open = (): Enrolment => {
  const { challenger, endorser } = world.hardware!
  const keys = { challenger: signerOfKey(challenger.key), endorser: signerOfKey(endorser.key) }
  return openEnrolment({ log: driver.log, roots: world.rootSet, ...keys, now: () => now })
}

beforeEach(async () => {
  world = new World({ seed: "enrolment", now: START, hardware: true, rights: VERBS })
  driver = await openDriver(world)
  await driver.settle()
  now = START * 1000
  enrolment = open()
  device = world.device("pump", { ordinal: 1 })
  tpm = world.hardware!.tpm("pump")
})
afterEach(() => driver.close())

const callOf = (one: SoftTpm, did = device.did) => ({ device: did, ek: one.ekArea, ak: one.akArea, chain: one.chain })

const enrol = async (one: SoftTpm, did = device.did): Promise<string> => {
  const { ticket, credential, seed } = await enrolment.begin(callOf(one, did))
  return (await enrolment.finish(ticket, one.activate(credential, seed))).endorsement
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (cause) => {
      if (!(cause instanceof EnrolmentRefused)) throw cause
      return `${cause.status} ${cause.code}`
    },
  )

describe("a TPM that is enrolled", () => {
  it("answers a challenge, and the stages believe it", async () => {
    const endorsement = await enrol(tpm)
    const { challenge } = await enrolment.challenge(device.did, tpm.keyName)
    await driver.say(device.did, device.presentation())
    await driver.settle()
    const prover = new Prover(device, tpm, world.hardware!)
    const nonce = createHash("sha256").update(challenge).digest()
    const origin = await driver.say(device.did, prover.say(challenge, evidenceOf(tpm, device, endorsement, nonce)))
    await driver.settle()
    // It was decided on no other grounds than that the device is new.
    expect(driver.decidedAt(origin)!.decision!.reasons).toEqual(["anomaly.learning"])
    const [appraisal] = (await driver.audit()).filter(({ kind }) => kind === "appraisal")
    expect(JSON.parse(appraisal!.detail!).ear.submods.tpm2.ear_status).toBe("affirming")
  })

  it("enrols beside a record that this version cannot read", async () => {
    const at = { stream: STREAMS.knowledge, partition: 0 }
    await driver.log.append(at, [{ key: Buffer.alloc(0), value: Buffer.from("of a later version") }])
    expect(await codeOf(enrol(tpm))).toBe("done")
  })

  it("may enrol again, and after its endorsement ended for another device", async () => {
    await enrol(tpm)
    expect(await codeOf(enrol(tpm))).toBe("done")
    const other = world.device("other", { ordinal: 1 }).did
    expect(await codeOf(enrol(tpm, other))).toBe("409 enrolment.bound")
    now += 91 * 86_400_000
    const later = new World({ seed: "enrolment", now: START, hardware: true, days: 400 })
    await driver.close()
    world = later
    driver = await openDriver(later)
    await driver.settle()
    enrolment = open()
    expect(await codeOf(enrol(tpm))).toBe("done")
    now += 91 * 86_400_000
    expect(await codeOf(enrol(tpm, other))).toBe("done")
  })
})

/** Operators end the binding of a device; where that was recorded. */
const order = async (verb: Verb, target: string, signers = 2): Promise<Recorded> => {
  const tokens = world.operators.slice(0, signers).map((by) => world.command(by, { verb, target, seq: ++seq }))
  const [origin] = await driver.command(...tokens)
  await driver.settle()
  const at = { stream: STREAMS.audit, partition: origin!.partition }
  const { start, end } = await driver.log.bounds(at)
  for (const { offset, value } of await driver.log.read(at, start, end - start, 8 << 20)) {
    const event = decodeAudit(value)
    if (event.kind === "control" && event.origin.offset === origin!.offset)
      return { partition: origin!.partition, offset }
  }
  throw new Error("the command was not judged")
}

describe("a binding that operators end", () => {
  it.each(["unbind", "transfer", "retire"] as const)("by %s lets the hardware be another device's", async (verb) => {
    await enrol(tpm)
    now += 10_000
    driver.now = now
    const other = world.device("other", { ordinal: 1 }).did
    expect(await codeOf(enrol(tpm, other))).toBe("409 enrolment.bound")
    const recorded = await order(verb, device.did)
    expect(await codeOf(enrol(tpm, other))).toBe("409 enrolment.bound")
    expect(await enrolment.release(recorded)).toMatchObject({ device: device.did })
    now += 10_000
    expect(await codeOf(enrol(tpm, other))).toBe("done")
    expect(await codeOf(enrol(tpm))).toBe("409 enrolment.bound")
  })

  it("counts for what was bound until then: shown once more, it frees nothing that came after", async () => {
    await enrol(tpm)
    now += 10_000
    driver.now = now
    const recorded = await order("unbind", device.did)
    await enrolment.release(recorded)
    now += 10_000
    await enrol(tpm)
    await enrolment.release(recorded)
    expect(await codeOf(enrol(tpm, world.device("other", { ordinal: 1 }).did))).toBe("409 enrolment.bound")
  })

  it.each<[string, () => Promise<Recorded>, string]>([
    ["one operator", () => order("unbind", device.did, 1), "was refused"],
    ["another verb", () => order("suspend", device.did, 1), "no command is recorded that ends a binding"],
    ["a place without a record", async () => ({ partition: 0, offset: 1_000_000 }), "no command is recorded"],
    ["a partition that is none", async () => ({ partition: 99, offset: 0 }), "the log has"],
  ])("is not ended by %s", async (_, record, why) => {
    await enrol(tpm)
    now += 10_000
    driver.now = now
    const recorded = await record()
    await expect(enrolment.release(recorded)).rejects.toThrow(why)
    expect(await codeOf(enrolment.release(recorded))).toBe("403 enrolment.not_ended")
    expect(await codeOf(enrol(tpm, world.device("other", { ordinal: 1 }).did))).toBe("409 enrolment.bound")
  })
})

describe("refused", () => {
  it("who has no such TPM: the secret of another, or none", async () => {
    const { ticket, credential, seed } = await enrolment.begin(callOf(tpm))
    expect(() => world.hardware!.tpm("another").activate(credential, seed)).toThrow("TPM_RC_INTEGRITY")
    expect(await codeOf(enrolment.finish(ticket, Buffer.alloc(32)))).toBe("403 enrolment.not_activated")
  })

  it("an attestation key of another TPM: its secret stays shut", async () => {
    const other = world.hardware!.tpm("another")
    const { credential, seed } = await enrolment.begin({ ...callOf(tpm), ak: other.akArea })
    expect(() => tpm.activate(credential, seed)).toThrow("TPM_RC_INTEGRITY")
  })

  it("a maker that nobody named, and a certificate of another key", async () => {
    const { unknownMaker } = world.hardware!
    const unknown = world.hardware!.tpm("unknown", unknownMaker)
    expect(await codeOf(enrol(unknown))).toBe("403 enrolment.maker_unknown")
    const other = world.hardware!.tpm("another")
    expect(await codeOf(enrolment.begin({ ...callOf(tpm), chain: other.chain }))).toBe("403 enrolment.key_mismatch")
  })

  it("a certificate that is none of an endorsement key, for evidence would be refused for it", async () => {
    const extendedUsage = "1.3.6.1.5.5.7.3.1"
    const chain = [world.hardware!.maker.certify(tpm.ek.key, { subject: "TPM", extendedUsage })]
    expect(await codeOf(enrolment.begin({ ...callOf(tpm), chain }))).toBe("403 enrolment.maker_unknown")
  })

  it("a key that signs what it is given", async () => {
    const area = Buffer.from(tpm.akArea)
    area.writeUInt32BE(0x00040072, 4)
    expect(await codeOf(enrolment.begin({ ...callOf(tpm), ak: area }))).toBe("403 enrolment.key_refused")
  })

  it("a ticket that ended, was changed, or is none", async () => {
    const { ticket, credential, seed } = await enrolment.begin(callOf(tpm))
    const secret = tpm.activate(credential, seed)
    expect(await codeOf(enrolment.finish(`${ticket.slice(0, -2)}AA`, secret))).toBe("400 enrolment.ticket_refused")
    expect(await codeOf(enrolment.finish("none", secret))).toBe("400 enrolment.ticket_refused")
    now += 601_000
    expect(await codeOf(enrolment.finish(ticket, secret))).toBe("400 enrolment.ticket_refused")
  })

  it("what is not written as it must be", async () => {
    expect(await codeOf(enrolment.challenge("nobody", tpm.keyName))).toBe("400 enrolment.malformed")
    expect(await codeOf(enrolment.challenge(device.did, "not base64url!"))).toBe("400 enrolment.malformed")
    expect(await codeOf(enrolment.begin({ ...callOf(tpm), ek: tpm.akArea }))).toBe("400 enrolment.malformed")
  })

  it("where the bundle in force does not name the key, or this process has none", async () => {
    const { roots } = { roots: world.rootSet }
    const stranger = signerOfKey(world.rogueIssuer.key)
    const other = openEnrolment({ log: driver.log, roots, challenger: stranger, endorser: null, now: () => now })
    expect(await codeOf(other.challenge(device.did, tpm.keyName))).toBe("503 enrolment.not_named")
    expect(await codeOf(other.begin(callOf(tpm)))).toBe("503 enrolment.not_here")
  })
})
