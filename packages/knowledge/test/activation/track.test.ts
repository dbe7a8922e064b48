import { dsseSign } from "@assay/jose"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import type { ControlFact, RootSet, TrustBundle } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { Track } from "../../src/activation/track.ts"
import { UntrustedKnowledge } from "../../src/activation/untrusted.ts"
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
  forge(
    change: (kept: {
      items: Record<string, { hash: string; body: string }>
      roots: RootSet
      rotations?: ReadonlyArray<string>
    }) => void,
  ): void {
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

  it("finds the way from the pinned roots to those in force at every restart, over several changes", async () => {
    const partition = await rig()
    const [e, f] = [actor(), actor()]
    const THIRD: RootSet = { roots: [e.did, f.did], threshold: 2 }
    const restarted = async (pinned: ReadonlyArray<RootSet>, bundleVersion: number, policyVersion: number) => {
      for (const roots of pinned) {
        const { knowledge } = await partition.open(roots)
        expect([knowledge.bundle?.version, knowledge.policy?.version]).toEqual([bundleVersion, policyVersion])
      }
      await partition.open(OLD)
    }
    await partition.activate("bundle", bundle({}, a, b))
    await partition.activate("policy", policy(2, a, b))
    await restarted([OLD], 1, 2)
    // Old and new sign the change; the policy is still that of the old roots.
    await partition.activate("bundle", bundle({ version: 2, nextRoots: NEW }, a, b, c, d))
    await restarted([OLD], 2, 2)
    // The next bundle is signed by the new roots alone.
    expect(await partition.activate("bundle", bundle({ version: 3 }, c, d))).toMatchObject({ accepted: true })
    await restarted([OLD], 3, 2)
    await expect(partition.open(NEW)).rejects.toThrow("the policy in force")
    await partition.open(OLD)
    await partition.activate("policy", policy(3, c, d))
    await restarted([OLD, NEW], 3, 3)
    // And once more.
    await partition.activate("bundle", bundle({ version: 4, nextRoots: THIRD }, c, d, e, f))
    await restarted([OLD, NEW], 4, 3)
    await partition.activate("bundle", bundle({ version: 5 }, e, f))
    await restarted([OLD, NEW], 5, 3)
    expect(await partition.activate("policy", policy(4, c, d))).toMatchObject({
      reasons: ["control.knowledge_unsigned"],
    })
    await partition.activate("policy", policy(4, e, f))
    await restarted([OLD, NEW, THIRD], 5, 4)
    const FOREIGN: RootSet = { roots: [x.did, y.did], threshold: 2 }
    await expect(partition.open(FOREIGN)).rejects.toThrow(UntrustedKnowledge)
  })

  it("takes no way that the pinned roots did not open", async () => {
    const partition = await rig()
    const FOREIGN: RootSet = { roots: [x.did, y.did], threshold: 2 }
    await partition.activate("bundle", bundle({}, a, b))
    await partition.activate("bundle", bundle({ version: 2, nextRoots: NEW }, a, b, c, d))
    const kept = partition.kept
    const steps = {
      "of foreign roots": [bundle({ version: 1, nextRoots: FOREIGN }, x, y)],
      "after a rightful one": [bundle({ version: 3, nextRoots: FOREIGN }, x, y)],
      "of an older version": [bundle({ version: 1, nextRoots: FOREIGN }, c, d, x, y)],
    }
    const foreign = policy(9, x, y)
    for (const [name, added] of Object.entries(steps)) {
      partition.kept = kept
      partition.forge((state) => {
        state.rotations = [
          ...(name === "of foreign roots" ? [] : state.rotations!),
          ...added.map((one) => Buffer.from(one).toString("base64")),
        ]
        state.items["k/policy/"] = { hash: hashOfBody(foreign), body: Buffer.from(foreign).toString("base64") }
        state.roots = FOREIGN
      })
      await expect(partition.open(OLD), name).rejects.toThrow(UntrustedKnowledge)
    }
    // Without the step, the bundle of the new roots alone is nobody's.
    partition.kept = kept
    await partition.open()
    await partition.activate("bundle", bundle({ version: 3 }, c, d))
    partition.forge((state) => (state.rotations = []))
    await expect(partition.open(OLD)).rejects.toThrow("the bundle in force")
    // Roots that handed over have no say in a bundle any more, of whatever version.
    partition.kept = kept
    const late = bundle({ version: 9 }, a, b)
    partition.forge(
      (state) => (state.items["k/bundle/"] = { hash: hashOfBody(late), body: Buffer.from(late).toString("base64") }),
    )
    await expect(partition.open(OLD)).rejects.toThrow("the bundle in force")
    // A bundle older than the change is no way back to the old roots.
    partition.kept = kept
    const before = bundle({ version: 1 }, a, b, c, d)
    partition.forge(
      (state) =>
        (state.items["k/bundle/"] = { hash: hashOfBody(before), body: Buffer.from(before).toString("base64") }),
    )
    await expect(partition.open(OLD)).rejects.toThrow("is older than one that changed the roots")
  })

  it("keeps so many changes of the roots, and no more", async () => {
    const partition = await rig()
    await partition.open({ roots: [a.did], threshold: 1 })
    const line = Array.from({ length: 11 }, () => actor())
    let [version, last] = [1, a as Actor]
    for (const next of line) {
      const change = bundle({ version, nextRoots: { roots: [next.did], threshold: 1 } }, last, next)
      expect(await partition.activate("bundle", change)).toMatchObject({ accepted: true })
      ;[version, last] = [version + 1, next]
    }
    await partition.activate("bundle", bundle({ version }, last))
    const pinned = (one: Actor): RootSet => ({ roots: [one.did], threshold: 1 })
    for (const one of line.slice(2)) expect((await partition.open(pinned(one))).knowledge.bundle?.version).toBe(version)
    for (const one of [a, line[0]!, line[1]!])
      await expect(partition.open(pinned(one))).rejects.toThrow(UntrustedKnowledge)
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
