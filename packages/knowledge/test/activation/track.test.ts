import { dsseSign } from "@assay/jose"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import type { ControlFact, RootSet, TrustBundle } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { UntrustedKnowledge } from "../../src/activation/reopen.ts"
import { Track } from "../../src/activation/track.ts"
import { hashOfBody } from "../../src/bodies/hash.ts"
import { signBundle } from "../../src/kinds/bundle/open.ts"
import { KINDS } from "../../src/kinds/index.ts"
import { POLICY_PAYLOAD_TYPE } from "../../src/kinds/policy/open.ts"
import { PROFILE } from "../../src/kinds/profile/kind.ts"
import { SMALL } from "../kinds/policy/small.ts"

const [a, b, c, d, x, y] = [actor(), actor("ES256"), actor(), actor(), actor(), actor()]
const OLD: RootSet = { roots: [a.did, b.did], threshold: 2 }
const NEW: RootSet = { roots: [c.did, d.did], threshold: 2 }
const TIME = 1_500_000
const issuer = actor()

/** A track, and what a runner would keep of it. */
class Rig {
  kept: Uint8Array | null = null
  track!: Track

  async open(roots = OLD): Promise<Track> {
    this.track = Track.restore({ kinds: KINDS, roots, isHome: () => true, log: { epoch: 1, genesis: 0 } }, this.kept)
    return this.track
  }

  async activate(item: string, body: Uint8Array, time = TIME): Promise<ControlFact> {
    const fact = this.track.apply({ kind: "activation", item, hash: hashOfBody(body), body }, time)
    if (this.track.changed) this.kept = this.track.encode()
    return fact
  }

  /** As somebody does who can write to the data directory, and to nothing else. */
  forge(change: (kept: { items: Record<string, { hash: string; body: string }>; roots: RootSet }) => void): void {
    const kept = JSON.parse(Buffer.from(this.kept!).toString()) as Parameters<typeof change>[0]
    change(kept)
    this.kept = Buffer.from(JSON.stringify(kept))
  }
}

const rig = async (): Promise<Rig> => {
  const made = new Rig()
  await made.open()
  return made
}
const bundle = (over: Partial<TrustBundle>, ...signers: ReadonlyArray<Actor>) =>
  signBundle(bundleOf(issuer, over), signers)
const policy = (version: number, ...signers: ReadonlyArray<Actor>) =>
  dsseSign(POLICY_PAYLOAD_TYPE, Buffer.from(SMALL.replace("version: 2", `version: ${version}`)), signers)
const profile = (...signers: ReadonlyArray<Actor>) =>
  dsseSign(PROFILE.plain.payloadType, Buffer.from(PROFILE.plain.start!(TIME)), signers)

describe("the track", () => {
  it("brings each kind into force, each version once and only upwards, and restores them all", async () => {
    const partition = await rig()
    expect(await partition.activate("bundle", bundle({}, a, b))).toMatchObject({ accepted: true, what: { version: 1 } })
    expect(await partition.activate("policy", policy(2, a, b))).toMatchObject({ accepted: true })
    expect(await partition.activate("profile", profile(a, b))).toMatchObject({ accepted: true })
    expect(await partition.activate("policy", policy(2, a, b))).toMatchObject({
      reasons: ["control.knowledge_version"],
    })
    expect(await partition.activate("bundle", bundle({ version: 2 }, a, b), 2_000_000)).toMatchObject({
      reasons: ["control.knowledge_expired"],
    })
    expect(await partition.activate("profile", profile(a))).toMatchObject({ reasons: ["control.knowledge_unsigned"] })
    const before = partition.track.knowledge
    expect((await partition.open()).knowledge).toEqual(before)
    expect(before.profile?.body.freshness.command).toBe(30)
  })

  it("keeps an unknown kind out, with a reason and a bounded name", async () => {
    const partition = await rig()
    const fact = await partition.activate("x".repeat(10_000), bundle({}, a, b))
    expect(fact).toMatchObject({ accepted: false, reasons: ["control.kind_unknown"], what: { item: "x".repeat(64) } })
    expect(await partition.activate("__proto__", bundle({}, a, b))).toMatchObject({ reasons: ["control.kind_unknown"] })
    expect(partition.track.changed).toBe(false)
  })

  it.each(["bundle", "policy", "profile"] as const)("refuses a %s of foreign roots after a restart", async (kind) => {
    const partition = await rig()
    await partition.activate("bundle", bundle({}, a, b))
    await partition.activate("policy", policy(2, a, b))
    await partition.activate("profile", profile(a, b))
    const foreign = { bundle: bundle({ version: 9 }, x, y), policy: policy(9, x, y), profile: profile(x, y) }[kind]
    partition.forge((kept) => {
      kept.items[`k/${kind}/`] = { hash: hashOfBody(foreign), body: Buffer.from(foreign).toString("base64") }
      kept.roots = { roots: [x.did, y.did], threshold: 2 }
    })
    await expect(partition.open()).rejects.toThrow(UntrustedKnowledge)
    await expect(partition.open()).rejects.toThrow(`the ${kind} in force`)
  })

  it("follows the roots of the bundle in force, and those that it names only", async () => {
    const partition = await rig()
    await partition.activate("policy", policy(2, a, b))
    await partition.activate("bundle", bundle({ nextRoots: NEW }, a, b, c, d))
    // Still signed by the roots of before: the pinned ones count also after the rotation.
    expect((await partition.open(OLD)).knowledge.policy?.version).toBe(2)
    await expect(partition.open(NEW)).rejects.toThrow("the policy in force")
    await partition.open(OLD)
    expect(await partition.activate("policy", policy(3, a, b))).toMatchObject({
      reasons: ["control.knowledge_unsigned"],
    })
    expect(await partition.activate("policy", policy(3, c, d))).toMatchObject({ accepted: true })
    for (const pinned of [OLD, NEW]) expect((await partition.open(pinned)).knowledge.policy?.version).toBe(3)
  })

  it("takes the body from the entry alone, and says which kept one is damaged", async () => {
    const partition = await rig()
    const body = policy(2, a, b)
    for (const [hash, carried] of [
      [hashOfBody(body), null],
      [hashOfBody(body), Buffer.from("another")],
      ["../etc", body],
    ] as const)
      expect(partition.track.apply({ kind: "activation", item: "policy", hash, body: carried }, TIME)).toMatchObject({
        reasons: ["control.body_missing"],
      })
    await partition.activate("policy", body)
    partition.forge((kept) => (kept.items["k/policy/"]!.body = Buffer.from("another").toString("base64")))
    await expect(partition.open()).rejects.toThrow("the body of the policy in force")
  })

  it("refuses to go on where a kind is in force that this version does not know", async () => {
    const partition = await rig()
    await partition.activate("policy", policy(2, a, b))
    partition.forge((kept) => (kept.items["k/weather/"] = kept.items["k/policy/"]!))
    await expect(partition.open()).rejects.toThrow("knows no such kind")
  })
})
