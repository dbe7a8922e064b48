import { dsseSign, dsseVerify, signRaw } from "@assay/jose"
import { DID_DOCUMENT_KIND, DID_DOCUMENT_TYPE, type DidDocumentBody, openItem } from "@assay/knowledge"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import { describe, expect, it } from "vitest"
import type { Look } from "../../src/look.ts"
import { vouchWith } from "../../src/vouch/answer.ts"
import { gatherVouches, type Peer } from "../../src/vouch/ask.ts"

const HOUR = 3_600_000
const NOW = Date.parse("2026-11-29T12:00:00Z")
const DID = "did:web:id.example.com"
const PUBLISHED = JSON.stringify({ id: DID })
const [issuer, first, second, third, stranger] = [actor(), actor(), actor("ES256"), actor(), actor()]
const DIDS = [first, second, third].map((one) => one.did)
const bundle = bundleOf(issuer, { resolvers: { dids: DIDS, web: 2 } })

const body = (change: Partial<DidDocumentBody> = {}): DidDocumentBody => ({
  did: DID,
  checked: NOW,
  expires: NOW + HOUR,
  published: PUBLISHED,
  witness: null,
  ...change,
})
const signed = (by: Actor, change: Partial<DidDocumentBody> = {}): Uint8Array =>
  dsseSign(DID_DOCUMENT_TYPE, Buffer.from(JSON.stringify(body(change))), [by])

const sees =
  (published: string | null): Look =>
  async (did) =>
    published === null
      ? { why: "not_found", detail: "404" }
      : { did, checked: NOW, expires: NOW + HOUR, published, witness: null }

const vouchOf = (by: Actor, published: string | null = PUBLISHED) =>
  vouchWith({
    bundle: () => bundle,
    key: { did: by.did, alg: by === second ? "ES256" : "Ed25519", sign: async (input) => signRaw(by.key, input) },
    look: sees(published),
    get: async () => ({ reason: "not_allowed", detail: "nothing else is asked here" }),
    through: new Map(),
    hardMs: HOUR,
    now: () => NOW + 1_000,
  })

const peer =
  (by: Actor, published: string | null = PUBLISHED): Peer =>
  async (envelope) => {
    const found = await vouchOf(by, published)(envelope)
    if ("detail" in found) throw new Error(found.detail)
    return found
  }

describe("vouching for what another resolver saw", () => {
  it("signs the very payload where the host publishes the same here", async () => {
    const found = await vouchOf(second)(signed(first))
    if ("detail" in found) throw new Error(found.detail)
    expect(dsseVerify(found, DID_DOCUMENT_TYPE, { roots: [second.did], threshold: 1 })).toHaveProperty("payload")
  })

  it.each([
    ["nobody whom the bundle names", signed(stranger), PUBLISHED, /no resolver of the bundle/],
    ["another document here", signed(first), JSON.stringify({ id: DID, more: 1 }), /something else/],
    ["none here", signed(first), null, /could not be had/],
    ["an old look", signed(first, { checked: NOW - 2 * 60_000 }), PUBLISHED, /seen at/],
    ["a look of the future", signed(first, { checked: NOW + 2 * 60_000 }), PUBLISHED, /seen at/],
    ["a longer age than it gives itself", signed(first, { expires: NOW + 2 * HOUR }), PUBLISHED, /longer/],
    ["no envelope", Buffer.from("{}"), PUBLISHED, /no resolver of the bundle/],
  ])("does not for %s", async (_, envelope, published, detail) => {
    expect(await vouchOf(second, published)(envelope)).toMatchObject({ detail: expect.stringMatching(detail) })
  })
})

describe("gathering vouches", () => {
  const context = {
    roots: { roots: [], threshold: 1 },
    bundle: { hash: "", version: 1, expires: NOW * 2, body: bundle },
  }

  it("comes to an item that comes into force", async () => {
    const item = await gatherVouches(signed(first), DID_DOCUMENT_TYPE, 2, DIDS, [peer(third, null), peer(second)])
    expect(openItem(DID_DOCUMENT_KIND, item, context)).toMatchObject({ subject: DID })
    expect(openItem(DID_DOCUMENT_KIND, signed(first), context)).toMatchObject({ detail: "1 of 2 resolvers signed" })
  })

  it.each([
    ["its own signature again", [peer(first)]],
    ["a stranger's", [async () => signed(stranger)]],
    ["one over something else", [async () => signed(second, { checked: NOW + 1 })]],
    ["no envelope", [async () => Buffer.from("{}")]],
    ["nobody", []],
    ["one who is away", [() => Promise.reject(new Error("away"))]],
  ] as ReadonlyArray<[string, ReadonlyArray<Peer>]>)("does not with %s", async (_, peers) => {
    await expect(gatherVouches(signed(first), DID_DOCUMENT_TYPE, 2, DIDS, peers)).rejects.toThrow(
      /1 of 2 resolvers vouch/,
    )
  })
})
