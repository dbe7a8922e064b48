/** Which lists are asked for when, and what becomes of what a server answers. */
import { type ListToSign, readSignedList, type SignedList, signStatusList } from "@assay/credentials"
import { algOf, signRaw } from "@assay/jose"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import type { TrustBundle } from "@assay/trust"
import { describe, expect, it } from "vitest"
import type { FetchFailure, Get } from "../../src/fetch/get.ts"
import { StatusLists } from "../../src/lists/follow.ts"

const [maker, other] = [actor(), actor()]
const START = Date.UTC(2026, 5, 1)
const ID = "https://acme.example/status/1"
const EVERY = 10_000

const bundle = (lists: ReadonlyArray<string>, version = 1): TrustBundle => {
  const body = bundleOf(maker, { version })
  const [issuer] = body.issuers
  return { ...body, issuers: [{ ...issuer!, status: { lists, maxAgeMs: 86_400_000 } }] }
}

const list = (over: Partial<ListToSign> = {}, { did, key }: Actor = maker): Promise<Uint8Array> =>
  signStatusList(
    {
      format: "statuslist+cwt",
      id: ID,
      purpose: "token",
      issued: START,
      expires: START + 86_400_000,
      ttlMs: 1_000,
      entries: 8,
      size: 1,
      values: [],
      ...over,
    },
    { did, alg: algOf(key), sign: async (input) => signRaw(key, input) },
  )

/** As the log tells of a list that came into force. */
const said = (signed: Uint8Array): SignedList => readSignedList(signed) as SignedList

type Answer = Uint8Array | FetchFailure

const rig = (lists: ReadonlyArray<string> = [ID]) => {
  const made = {
    now: START,
    answer: { reason: "unreachable", detail: "none" } as Answer,
    etag: null as string | null,
    asked: [] as Array<{ readonly path: string; readonly etag: string | null }>,
    handedIn: [] as Array<Uint8Array>,
    problems: [] as Array<string>,
    refuses: false,
  }
  const get: Get = async ({ host, path, etag = null, onEtag }) => {
    made.asked.push({ path: `${host}${path}`, etag })
    if (etag !== null && etag === made.etag) return { reason: "unchanged", detail: "304" }
    if ("reason" in made.answer) return made.answer
    onEtag?.(made.etag)
    return Buffer.from(made.answer)
  }
  const followed = new StatusLists({
    get,
    everyMs: EVERY,
    hostPerMinute: 600,
    publish: async (signed) => {
      if (made.refuses) throw new Error("the node is away")
      made.handedIn.push(signed)
    },
    report: (message, cause) => made.problems.push(`${message}: ${(cause as Error).message}`),
    onHandedIn: () => undefined,
    now: () => made.now,
  })
  followed.trust(bundle(lists))
  return Object.assign(made, { followed })
}

describe("the lists that a resolver follows", () => {
  it("are asked for at once and again, and a newer one is handed in as it is", async () => {
    const made = rig()
    const first = await list()
    made.answer = first
    await made.followed.look()
    await made.followed.look()
    expect(made.asked).toHaveLength(1)
    expect(made.handedIn.map((one) => Buffer.from(one).toString("hex"))).toEqual([Buffer.from(first).toString("hex")])
    made.now += EVERY
    await made.followed.look()
    expect([made.asked.length, made.handedIn.length]).toEqual([2, 1])
    made.answer = await list({ issued: START + 5_000, values: [[3, 1]] })
    made.now += EVERY
    await made.followed.look()
    expect(made.handedIn).toHaveLength(2)
    expect(made.problems).toEqual([])
  })

  it("are asked with the entity tag that their server named, and nothing is fetched twice", async () => {
    const made = rig()
    made.answer = await list()
    made.etag = '"one"'
    await made.followed.look()
    made.now += EVERY
    await made.followed.look()
    expect(made.asked.map(({ etag }) => etag)).toEqual([null, '"one"'])
    expect([made.handedIn.length, made.problems.length]).toEqual([1, 0])
  })

  it("are left alone for as long as they say, but not for longer than five minutes", async () => {
    const made = rig()
    made.answer = await list({ ttlMs: 60_000 })
    await made.followed.look()
    made.now += EVERY
    await made.followed.look()
    expect(made.asked).toHaveLength(1)
    made.answer = await list({ ttlMs: 3_600_000, issued: START + 1_000 })
    made.now += 50_000
    await made.followed.look()
    expect(made.asked).toHaveLength(2)
    made.now += 300_000
    await made.followed.look()
    expect(made.asked).toHaveLength(3)
  })

  it("are handed in once by several resolvers: what is in force already is not handed in again", async () => {
    const made = rig()
    const signed = await list()
    made.followed.inForce(said(signed))
    made.answer = signed
    await made.followed.look()
    expect([made.asked.length, made.handedIn.length]).toEqual([1, 0])
    // A server that is behind changes nothing.
    made.followed.inForce(said(await list({ issued: START + 2_000 })))
    made.now += EVERY
    await made.followed.look()
    expect([made.asked.length, made.handedIn.length]).toEqual([2, 0])
  })

  it.each<[string, () => Promise<Answer> | Answer, string]>([
    ["nothing", () => ({ reason: "not_found", detail: "the server answers 404" }), "not_found: the server answers 404"],
    ["something else", () => Buffer.from("<html>"), "not three parts"],
    ["another list", () => list({ id: `${ID}0` }), `it is the list ${ID}0`],
    ["the list of another", () => list({}, other), "its issuer is"],
  ])("are reported, and waited for longer and longer, where a server has %s", async (_, answer, detail) => {
    const made = rig()
    made.answer = await answer()
    for (let n = 0; n < 40; n++) {
      await made.followed.look()
      made.now += 5_000
    }
    expect(made.problems[0]).toContain(detail)
    expect(made.asked.length).toBeGreaterThan(2)
    expect(made.asked.length).toBeLessThan(20)
    expect(made.handedIn).toEqual([])
  })

  it("are tried again where nobody takes them", async () => {
    const made = rig()
    made.answer = await list()
    made.refuses = true
    await made.followed.look()
    made.refuses = false
    made.now += 60_000
    await made.followed.look()
    expect(made.handedIn).toHaveLength(1)
    expect(made.problems).toEqual([`the status list ${ID}: the node is away`])
  })

  it("come and go with the bundle, and under a pattern with what is in force", async () => {
    const made = rig(["https://acme.example/status/*"])
    expect(made.followed.size).toBe(0)
    made.followed.inForce(said(await list()))
    made.followed.inForce(said(await list({ id: "https://acme.example/other" })))
    made.followed.inForce(said(await list({}, other)))
    expect(made.followed.size).toBe(1)
    made.followed.trust(bundle(["https://acme.example/a", "https://acme.example/b?c=d"], 2))
    made.answer = { reason: "not_found", detail: "none" }
    await made.followed.look()
    expect(made.asked.map(({ path }) => path)).toEqual(["acme.example/a", "acme.example/b?c=d"])
    made.followed.trust(bundle([], 3))
    expect(made.followed.size).toBe(0)
  })

  it("are those of the newest bundle: a partition that is behind drops nothing, and one that comes after asks for nothing again", async () => {
    const made = rig()
    made.answer = await list()
    await made.followed.look()
    made.followed.trust(bundle([ID, `${ID}1`], 3))
    made.followed.trust(bundle([], 2))
    made.followed.trust(bundle([ID, `${ID}1`], 3))
    made.followed.trust(null)
    expect(made.followed.size).toBe(2)
    await made.followed.look()
    expect(made.asked.map(({ path }) => path)).toEqual(["acme.example/status/1", "acme.example/status/11"])
  })

  it("wait for as long as they say also where the server has nothing newer", async () => {
    const made = rig()
    made.answer = await list({ ttlMs: 60_000 })
    made.etag = '"one"'
    await made.followed.look()
    const asked: Array<number> = []
    for (let n = 0; n < 18; n++) {
      made.now += EVERY
      await made.followed.look()
      if (made.asked.length > asked.length + 1) asked.push(made.now - START)
    }
    expect(asked).toEqual([60_000, 120_000, 180_000])
  })
})
