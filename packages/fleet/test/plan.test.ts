import { createHash } from "node:crypto"
import { isObject, parseStrictObject } from "@assay/jose"
import { describe, expect, it } from "vitest"
import type { Submission } from "../src/attack.ts"
import { ATTACKS } from "../src/attacks/index.ts"
import { fleetPlan, type PlanOptions } from "../src/plan.ts"

const OPTIONS: PlanOptions = {
  devices: 6,
  messages: 60,
  seed: "plan",
  now: 1_800_000_000,
  injections: 1,
  scale: { crowd: 5, flood: 500 },
}

/** What must not depend on randomness: everything before the signature, which ES256 draws anew. */
const unsigned = (submission: Submission): string => {
  if (submission.kind === "knowledge") return Buffer.from(submission.body).toString("base64")
  if (submission.kind === "control") return submission.tokens.map((t) => t.slice(0, t.lastIndexOf("."))).join()
  const text = Buffer.from(submission.envelope.bytes).toString("latin1")
  return `${Buffer.from(submission.key)} ${text.split(".").length === 3 ? text.slice(0, text.lastIndexOf(".")) : text}`
}

const everything = (options: PlanOptions): ReadonlyArray<Submission> => {
  const plan = fleetPlan(options)
  return [...plan.enrolment(), ...plan.run()]
}

const fingerprint = (options: PlanOptions): string => {
  const hash = createHash("sha256")
  for (const submission of everything(options))
    hash.update(unsigned(submission)).update(JSON.stringify(submission.label))
  return hash.digest("hex")
}

describe("fleetPlan", () => {
  const all = everything(OPTIONS)
  const honest = all.filter((submission) => submission.label.attack === null)

  it("says the same for the same seed, and something else for another", () => {
    const once = fingerprint(OPTIONS)
    expect(fingerprint(OPTIONS)).toBe(once)
    expect(fingerprint({ ...OPTIONS, seed: "other" })).not.toBe(once)
  })

  it("gives as many honest messages and devices as asked for", () => {
    expect(honest).toHaveLength(OPTIONS.messages)
    expect(new Set(honest.map((submission) => submission.label.device)).size).toBe(OPTIONS.devices)
  })

  it("uses both algorithms and both DID methods by halves", () => {
    const dids = [...new Set(honest.map((submission) => submission.label.device))]
    const plan = fleetPlan({ ...OPTIONS, devices: 8 })
    const devices = Array.from({ length: 8 }, (_, n) => plan.world.device(`fleet ${n}`, { ordinal: n }))
    expect(dids.every((did) => devices.some((device) => device.did === did))).toBe(true)
    expect(devices.filter((device) => device.profile.identity.alg === "ES256")).toHaveLength(4)
    expect(devices.filter((device) => device.did.startsWith("did:jwk:"))).toHaveLength(4)
    expect(
      devices.filter(({ did, profile }) => did.startsWith("did:jwk:") && profile.identity.alg === "ES256"),
    ).toHaveLength(2)
  })

  it("injects every attack, and keeps each one's steps between those of others", () => {
    const injected = new Set(all.flatMap((submission) => submission.label.attack ?? []))
    expect([...injected].sort()).toEqual(ATTACKS.map((attack) => attack.name).sort())
    const attempts = all.flatMap(({ label }, at) => (label.role === "attempt" && label.attack === "replay" ? [at] : []))
    expect(attempts[0]).toBeGreaterThan(all.length / 4)
    expect(attempts.at(-1)! - attempts[0]!).toBeGreaterThan(attempts.length)
  })

  it("enrols every device that is to be trusted before the run", () => {
    const plan = fleetPlan(OPTIONS)
    const enrolled = new Set([...plan.enrolment()].map(({ label }) => label.device))
    const trusted = [...plan.run()].filter(({ label }) => label.honest).map(({ label }) => label.device)
    expect([...new Set(trusted)].filter((did) => !enrolled.has(did))).toEqual([])
    expect(enrolled.size).toBeGreaterThan(OPTIONS.devices)
  })

  it("chains the honest messages of a device without a hole", () => {
    const device = honest[0]!.label.device
    let prv: string | null = null
    let seq = 0
    for (const submission of honest.filter(({ label }) => label.device === device).slice(1)) {
      if (submission.kind !== "message") throw new Error("an honest device sends messages")
      const [header, payload] = Buffer.from(submission.envelope.bytes).toString("latin1").split(".")
      const parsed = parseStrictObject(Buffer.from(payload!, "base64url"))
      if (!("value" in parsed) || !isObject(parsed.value)) throw new Error("not JSON")
      expect(parsed.value).toMatchObject({ iss: device, epo: 0, seq, prv })
      prv = createHash("sha256").update(`${header}.${payload}`).digest("base64url")
      seq += 1
    }
    expect(seq).toBe(9)
  })

  it("labels honest messages as honest, and only those", () => {
    const dishonest = all.filter(({ label }) => !label.honest)
    expect(dishonest.every(({ label }) => label.role === "attempt" && label.expect !== null)).toBe(true)
    const suspected = all.filter(({ label }) => label.honest && label.role === "attempt")
    expect(new Set(suspected.map(({ label }) => label.attack))).toEqual(new Set(["reordering"]))
  })
})
