/** What trust registries answered is asked again before it ends, signed by as many resolvers as the bundle asks for, and handed in. */
import { dsseVerify } from "@assay/jose"
import { TRUST_REGISTRY, TRUST_REGISTRY_TYPE } from "@assay/knowledge"
import { actor, bundleOf, remoteOf } from "@assay/testkit/actors"
import type { RegistryAnswer, RegistryAnswers, TrustBundle } from "@assay/trust"
import { describe, expect, it } from "vitest"
import type { Get } from "../../src/fetch/get.ts"
import { Registries } from "../../src/registries/renew.ts"
import { vouchWith } from "../../src/vouch/answer.ts"

const START = Date.UTC(2026, 5, 1)
const HOUR = 3_600_000
const R = "https://registry.example/"
const B = "https://behind.example/"
const [first, second, maker] = [actor(), actor(), actor()]
const ISSUER = actor().did

const bundle = (change: Partial<TrustBundle> = {}): TrustBundle =>
  bundleOf(maker, {
    resolvers: { dids: [first.did, second.did] },
    registries: [
      {
        authority: R,
        url: "https://registry.example/trqp",
        framework: "urn:f",
        resolvers: 2,
        maxAgeMs: 24 * HOUR,
        depth: 1,
        scope: { ...bundleOf(maker).issuers[0]! },
        levels: [],
      },
    ],
    ...change,
  })

const answer = (more: Partial<RegistryAnswer> = {}): RegistryAnswer => ({
  query: "authorization",
  authority: R,
  entity: ISSUER,
  action: "issue",
  resource: "AssayDeviceCredential",
  level: null,
  holds: true,
  evaluated: START,
  expires: START + 24 * HOUR,
  ...more,
})
const item = (answers: ReadonlyArray<RegistryAnswer> = [answer()]): RegistryAnswers => ({
  authority: R,
  framework: "urn:f",
  checked: START,
  expires: START + 24 * HOUR,
  answers,
})

const rig = (trusted = bundle(), through = new Map<string, string>(), hasPeer = true) => {
  const made = {
    now: START,
    holds: true,
    /** What the second resolver hears. */
    holdsThere: true,
    isAway: false,
    asked: [] as Array<string>,
    handedIn: [] as Array<Uint8Array>,
    problems: [] as Array<string>,
  }
  const getFor =
    (isSecond: boolean): Get =>
    async ({ host, path, post }) => {
      if (made.isAway) return { reason: "unreachable", detail: "away" }
      const { context: _, ...asked } = JSON.parse(Buffer.from(post!.body).toString("utf8"))
      if (!isSecond) made.asked.push(`${host}${path}`)
      const holds = isSecond ? made.holdsThere : made.holds
      const time = new Date(made.now).toISOString()
      return Buffer.from(JSON.stringify({ ...asked, authorized: holds, recognized: holds, time_evaluated: time }))
    }
  const vouch = vouchWith({
    bundle: () => trusted,
    key: remoteOf(second),
    look: async () => ({ why: "invalid", detail: "no document is asked for here" }),
    get: getFor(true),
    through,
    hardMs: HOUR,
    now: () => made.now,
  })
  const registries = new Registries({
    get: getFor(false),
    key: remoteOf(first),
    peers: hasPeer
      ? [
          async (envelope) => {
            const found = await vouch(envelope)
            if ("detail" in found) throw new Error(found.detail)
            return found
          },
        ]
      : [],
    through,
    publish: async (signed) => {
      made.handedIn.push(signed)
    },
    report: (message, cause) => made.problems.push(`${message}: ${(cause as Error).message}`),
    onHandedIn: () => undefined,
    now: () => made.now,
    random: () => 0,
  })
  registries.trust(trusted)
  return Object.assign(made, { registries })
}

describe("answers of a trust registry", () => {
  it("are renewed at half of their time, signed by two who have heard the same", async () => {
    const made = rig()
    made.registries.inForce(item())
    made.now += 12 * HOUR - 1
    await made.registries.look()
    expect(made.handedIn).toEqual([])
    made.now += 1
    await made.registries.look()
    expect(made.problems).toEqual([])
    expect(made.asked).toEqual(["registry.example/trqp/authorization"])
    const dids = [first.did, second.did]
    expect(dsseVerify(made.handedIn[0]!, TRUST_REGISTRY_TYPE, { roots: dids, threshold: 2 })).not.toHaveProperty(
      "reason",
    )
    const context = {
      roots: { roots: [], threshold: 1 },
      bundle: { hash: "", version: 1, expires: made.now * 2, body: bundle() },
    }
    const opened = TRUST_REGISTRY.open(made.handedIn[0]!, context)
    expect(opened).toMatchObject({ body: { checked: made.now, answers: [{ entity: ISSUER, holds: true }] } })
    await made.registries.look()
    expect(made.handedIn).toHaveLength(1)
  })

  it("are renewed as they are now: a registry that takes its word back is heard", async () => {
    const made = rig()
    made.registries.inForce(item())
    made.now += 20 * HOUR
    made.holds = false
    made.holdsThere = false
    await made.registries.look()
    expect(Buffer.from(JSON.parse(Buffer.from(made.handedIn[0]!).toString()).payload, "base64").toString()).toContain(
      '"holds":false',
    )
  })

  it("are not renewed where the other resolver hears something else, and are tried again", async () => {
    const made = rig()
    made.registries.inForce(item())
    made.now += 20 * HOUR
    made.holdsThere = false
    await made.registries.look()
    expect(made.handedIn).toEqual([])
    expect(made.problems).toEqual([
      `the answers of the registry ${R} were not renewed: 1 of 2 resolvers vouch: the registry gives other answers to this resolver`,
    ])
    made.holdsThere = true
    made.now += 600_000
    await made.registries.look()
    expect(made.handedIn).toHaveLength(1)
  })

  it("stay as they are while the registry does not answer", async () => {
    const made = rig()
    made.registries.inForce(item())
    made.now += 20 * HOUR
    made.isAway = true
    await made.registries.look()
    expect(made.handedIn).toEqual([])
    expect(made.problems[0]).toContain(`authorization of ${ISSUER} by ${R}: unreachable: away`)
  })

  it("of authorities behind it are asked where they answer, which has to be named", async () => {
    const behind = item([answer({ query: "recognition", entity: B }), answer({ authority: B })])
    const unknown = rig()
    unknown.registries.inForce(behind)
    unknown.now += 20 * HOUR
    await unknown.registries.look()
    expect(unknown.problems[0]).toContain(`it is not known where ${B} answers: name it with --through`)
    const made = rig(bundle(), new Map([[B, "https://behind.example/v2"]]))
    made.registries.inForce(behind)
    made.now += 20 * HOUR
    await made.registries.look()
    expect(made.problems).toEqual([])
    expect(made.asked.toSorted()).toEqual(["behind.example/v2/authorization", "registry.example/trqp/recognition"])
    expect(made.handedIn).toHaveLength(1)
  })

  it("are left to others where too few resolvers are named, which is said once", async () => {
    const made = rig(bundle(), new Map(), false)
    made.registries.inForce(item())
    made.now += 20 * HOUR
    await made.registries.look()
    made.now += HOUR
    await made.registries.look()
    expect(made.asked).toEqual([])
    expect(made.problems).toEqual([
      `the answers of the registry ${R} are not renewed here: 2 resolvers sign, and 0 others are named (--peers)`,
    ])
  })

  it("of a registry that the bundle does not name are left alone", async () => {
    const made = rig()
    made.registries.inForce(item())
    made.registries.trust(bundle({ version: 2, registries: [] }))
    expect(made.registries.size).toBe(0)
  })
})
