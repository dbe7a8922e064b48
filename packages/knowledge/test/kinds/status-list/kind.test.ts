/** Which status lists come into force: signed by an issuer that the bundle lets publish them, each newer than the one before, and bounded. */
import { type ListToSign, signStatusList } from "@assay/credentials"
import { algOf, signRaw } from "@assay/jose"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import type { ControlFact, RootSet, TrustBundle } from "@assay/trust"
import { itemKey, STATUS_LIST_KIND, statusListSubject } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { Track } from "../../../src/activation/track.ts"
import { hashOfBody } from "../../../src/bodies/hash.ts"
import { checkPlain } from "../../../src/check-plain.ts"
import { endsInForce, phaseAt } from "../../../src/expiry.ts"
import { KnowledgeInForce } from "../../../src/in-force.ts"
import { BUNDLE } from "../../../src/kinds/bundle/kind.ts"
import { signBundle } from "../../../src/kinds/bundle/open.ts"
import { KINDS } from "../../../src/kinds/index.ts"
import { STATUS_LIST } from "../../../src/kinds/status-list/kind.ts"

const [root, maker, other] = [actor(), actor(), actor("ES256")]
const ROOTS: RootSet = { roots: [root.did], threshold: 1 }
const TIME = 1_500_000
const ID = "https://acme.example/status/1"

const bundle = (
  version: number,
  lists: ReadonlyArray<string> | null = ["https://acme.example/status/*"],
): Uint8Array => {
  const body = bundleOf(maker, { version })
  const status = lists === null ? undefined : { lists, maxAgeMs: 60_000 }
  const issuers: TrustBundle["issuers"] = [maker, other].map(({ did }) => ({ ...body.issuers[0]!, did, status }))
  return signBundle({ ...body, issuers }, [root])
}

const list = (over: Partial<ListToSign> = {}, { did, key }: Actor = maker): Promise<Uint8Array> =>
  signStatusList(
    {
      format: "statuslist+jwt",
      id: ID,
      purpose: "token",
      issued: TIME - 10_000,
      expires: TIME + 60_000,
      ttlMs: 1_000,
      entries: 64,
      size: 2,
      values: [],
      ...over,
    },
    { did, alg: algOf(key), sign: async (input) => signRaw(key, input) },
  )

class Rig {
  kept: Uint8Array | null = null
  track = this.restored()

  restored(): Track {
    this.track = Track.restore(
      { kinds: KINDS, roots: ROOTS, isHome: () => true, log: { epoch: 1, genesis: 0 } },
      this.kept,
    )
    return this.track
  }

  activate(item: string, body: Uint8Array, time = TIME): ControlFact {
    const fact = this.track.apply({ kind: "activation", item, hash: hashOfBody(body), body }, time)
    if (this.track.changed) this.kept = this.track.encode()
    return fact
  }

  reasons(body: Uint8Array, time = TIME): ReadonlyArray<string> {
    return this.activate(STATUS_LIST_KIND, body, time).reasons
  }

  inForce(issuer: Actor = maker, id = ID) {
    return this.track.knowledge.items.get(itemKey(STATUS_LIST_KIND, statusListSubject(issuer.did, id))) ?? null
  }
}

const rig = (): Rig => {
  const made = new Rig()
  expect(made.activate("bundle", bundle(1)).accepted).toBe(true)
  return made
}

describe("a status list as knowledge", () => {
  it.each(["vc+jwt", "statuslist+jwt", "statuslist+cwt"] as const)(
    "comes into force as its issuer signed it: %s",
    async (format) => {
      const made = rig()
      const signed = await list({ format, purpose: format === "vc+jwt" ? "revocation" : "token", values: [[5, 1]] })
      expect(made.reasons(signed)).toEqual([])
      expect(made.inForce()).toMatchObject({ hash: hashOfBody(signed), version: TIME - 10_000, expires: TIME + 60_000 })
      const before = made.inForce()
      made.restored()
      expect(made.inForce()).toEqual(before)
    },
  )

  it("is refused where nobody may publish it, and before its signature is asked for", async () => {
    const made = rig()
    expect(made.reasons(await list({ id: "https://acme.example/other/1" }))).toEqual(["control.knowledge_unsigned"])
    expect(made.reasons(await list({}, actor()))).toEqual(["control.knowledge_unsigned"])
    expect(new Rig().reasons(await list())).toEqual(["control.knowledge_unsigned"])
    const forged = Buffer.from(await list())
    // Another letter of the alphabet: a flipped bit may be none.
    forged[forged.length - 5] = forged[forged.length - 5] === 0x41 ? 0x42 : 0x41
    expect(made.reasons(forged)).toEqual(["control.knowledge_unsigned"])
    expect(made.reasons(Buffer.from("{}"))).toEqual(["control.knowledge_malformed"])
    expect(made.inForce()).toBeNull()
  })

  it("never goes back: what was signed before, or at the same time, is refused", async () => {
    const made = rig()
    const clear = await list()
    expect(made.reasons(clear)).toEqual([])
    expect(made.reasons(await list({ issued: TIME - 9_000, values: [[5, 1]] }))).toEqual([])
    const revoked = made.inForce()!.hash
    expect(made.reasons(clear)).toEqual(["control.knowledge_version"])
    expect(made.reasons(await list({ issued: TIME - 9_000 }))).toEqual(["control.knowledge_version"])
    made.restored()
    expect(made.reasons(clear)).toEqual(["control.knowledge_version"])
    expect(made.inForce()!.hash).toBe(revoked)
    // A list of the time to come would bar what is signed at its time.
    expect(made.reasons(await list({ issued: TIME + 3_600_000, expires: TIME + 7_200_000 }))).toEqual([
      "control.expired",
    ])
    expect(made.reasons(await list({ issued: TIME - 8_000, expires: TIME - 1_000 }))).toEqual([
      "control.knowledge_expired",
    ])
  })

  it("is its issuer's alone: another that names the same URI has another list", async () => {
    const made = rig()
    expect(made.reasons(await list())).toEqual([])
    expect(made.reasons(await list({ issued: TIME - 5_000 }, other))).toEqual([])
    expect([made.inForce(maker), made.inForce(other)].map((item) => item?.version)).toEqual([
      TIME - 10_000,
      TIME - 5_000,
    ])
  })

  it("goes out of force with the bundle that names it no more, and stays with one that does", async () => {
    const made = rig()
    expect(made.reasons(await list())).toEqual([])
    expect(made.activate("bundle", bundle(2, [ID])).accepted).toBe(true)
    expect(made.inForce()).not.toBeNull()
    expect(made.activate("bundle", bundle(3, null)).accepted).toBe(true)
    expect(made.inForce()).toBeNull()
    made.restored()
    expect(made.inForce()).toBeNull()
  })

  it("is bounded: each list, their number, and all of them together", async () => {
    const made = rig()
    expect(made.reasons(Buffer.alloc((1 << 20) + 1, "a"))).toEqual(["control.knowledge_malformed"])
    // Zeros of 4 MiB each take some 4 kB on their way: 16 of them fill the memory of all.
    const large = { entries: 4 << 20, size: 8 } as const
    for (let n = 0; n < 16; n++) expect(made.reasons(await list({ ...large, id: `${ID}/${n}` }))).toEqual([])
    expect(made.reasons(await list({ id: `${ID}/16` }))).toEqual(["control.knowledge_limit"])
    // In the place of one that is in force there is room.
    expect(made.reasons(await list({ issued: TIME - 1_000, id: `${ID}/3` }))).toEqual([])
    expect(made.reasons(await list({ id: `${ID}/16` }))).toEqual([])
  })

  it("is said to end soon in the last quarter of its own time, and not as an item that people renew", async () => {
    const made = rig()
    await made.reasons(await list())
    const [end] = endsInForce(KINDS, [made.track.knowledge]).filter(({ item }) => item === STATUS_LIST_KIND)
    expect(end).toMatchObject({ what: `the status list ${ID}`, isPart: true, stops: "subject", expires: TIME + 60_000 })
    expect(phaseAt(end!.expires, TIME, end!.soonMs)).toBe("lasts")
    expect(phaseAt(end!.expires, TIME + 50_000, end!.soonMs)).toBe("soon")
  })

  it("is read from its file as it is, without the bundle", async () => {
    const signed = await list()
    const read = checkPlain(STATUS_LIST, signed, { file: "list", at: TIME })
    expect(read).toMatchObject({ problems: [], body: { id: ID, version: TIME - 10_000 } })
    expect(STATUS_LIST.plain.explain!(read.body!)[0]).toContain("64 entries of 2 bit")
    expect(checkPlain(STATUS_LIST, Buffer.from("x"), { file: "list", at: TIME }).problems).toEqual([
      "list: error: not three parts separated by dots",
    ])
  })
})

describe("KnowledgeInForce", () => {
  it("follows lists under the bundle that it follows", async () => {
    const follower = new KnowledgeInForce(ROOTS, [BUNDLE, STATUS_LIST])
    const signed = { kind: STATUS_LIST_KIND, body: await list() }
    expect(follower.take(signed)).toBeNull()
    expect(follower.take({ kind: "bundle", body: bundle(1) })).not.toBeNull()
    expect(follower.take(signed)).not.toBeNull()
    expect([...follower.items.keys()].sort()).toEqual([
      "bundle/",
      itemKey(STATUS_LIST_KIND, statusListSubject(maker.did, ID)),
    ])
    expect(follower.items).toBe(follower.items)
  })
})
