import { encodeDidKey, publicKeyOf } from "@assay/did"
import { decodeInForce, encodeInForce, keptKey, shortOf } from "@assay/did-document"
import { createWebvh, multikeyOfKey } from "@assay/did-document/write"
import { dsseSign } from "@assay/jose"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import type { Active, TrustBundle } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { DID_DOCUMENT_KIND, DID_DOCUMENT_TYPE, MAX_DOCUMENT_AGE_MS, openItem } from "../../../src/index.ts"

const HOUR = 3_600_000
const NOW = Date.parse("2026-11-29T12:00:00Z")
const [issuer, first, second, third, stranger, update] = [actor(), actor(), actor("ES256"), actor(), actor(), actor()]
const WEB = "did:web:id.example.com"

const method = (did: string, name: string, key = update) => ({
  id: `${did}#${name}`,
  type: "Multikey",
  controller: did,
  publicKeyMultibase: encodeDidKey(publicKeyOf(key.key)).slice("did:key:".length),
})
const documentOf = (did: string, ...names: ReadonlyArray<string>) => ({
  id: did,
  verificationMethod: names.map((name) => method(did, name)),
  assertionMethod: names.map((name) => `#${name}`),
})

const { did, log } = createWebvh({
  time: NOW - HOUR,
  parameters: { updateKeys: [multikeyOfKey(update.key)] },
  state: documentOf("did:webvh:{SCID}:id.example.com", "one"),
  key: update.key,
})

const under = (resolvers: TrustBundle["resolvers"]) => {
  const body = bundleOf(issuer, { resolvers })
  const bundle: Active<TrustBundle> = { hash: "", version: 1, expires: NOW * 2, body }
  return { roots: { roots: [], threshold: 1 }, bundle }
}
const DIDS = [first, second, third].map((one) => one.did)

const body = (change: object = {}) => ({
  did,
  checked: NOW,
  expires: NOW + HOUR,
  published: log,
  witness: null,
  ...change,
})
const web = (change: object = {}) => body({ did: WEB, published: JSON.stringify(documentOf(WEB, "one")), ...change })
const signed = (content: object, ...by: ReadonlyArray<Actor>): Uint8Array =>
  dsseSign(DID_DOCUMENT_TYPE, Buffer.from(JSON.stringify(content)), by)
const open = (item: Uint8Array, resolvers: TrustBundle["resolvers"] = { dids: DIDS }) =>
  openItem(DID_DOCUMENT_KIND, item, under(resolvers))

describe("the document of a did:webvh", () => {
  it("comes into force by its own proof, and one resolver who saw it", () => {
    const opened = open(signed(body(), second))
    if ("reasons" in opened) throw new Error(opened.detail)
    expect(opened.subject).toBe(did)
    expect(opened.active.version).toBe(2 ** 26 + Math.floor(NOW / 60_000))
    const kept = decodeInForce(opened.projection!)
    expect(kept).toMatchObject({ number: 1, checked: NOW, attesters: [shortOf(second.did)], deactivated: false })
    expect(kept.keys).toHaveLength(1)
    expect(DID_DOCUMENT_KIND.subject(signed(body(), second))).toBe(did)
  })

  it.each([
    ["nobody whom the bundle names", signed(body(), stranger), "control.knowledge_unsigned"],
    [
      "a log that was changed",
      signed(body({ published: log.replace("#one", "#two") }), first),
      "control.knowledge_malformed",
    ],
    ["a log of another DID", signed(body({ did: did.replace("id.", "other.") }), first), "control.knowledge_malformed"],
    [
      "an age beyond what counts",
      signed(body({ expires: NOW + MAX_DOCUMENT_AGE_MS + 1 }), first),
      "control.knowledge_malformed",
    ],
    ["an end before its beginning", signed(body({ expires: NOW }), first), "control.knowledge_malformed"],
    [
      "a log from the future",
      signed(body({ checked: NOW - 2 * HOUR, expires: NOW }), first),
      "control.knowledge_malformed",
    ],
    ["a member that is unknown", signed(body({ more: 1 }), first), "control.knowledge_malformed"],
    ["a DID that is its key", signed(body({ did: first.did }), first), "control.knowledge_malformed"],
    ["an envelope of another type", dsseSign("text/plain", Buffer.from("{}"), [first]), "control.knowledge_malformed"],
    ["no envelope", Buffer.from("{}"), "control.knowledge_malformed"],
  ])("is refused with %s", (_, item, reason) => expect(open(item)).toMatchObject({ reasons: [reason] }))

  it("is refused while the bundle names no resolver", () => {
    expect(open(signed(body(), first), undefined)).toHaveProperty("active")
    expect(openItem(DID_DOCUMENT_KIND, signed(body(), first), under(undefined))).toMatchObject({
      reasons: ["control.knowledge_unsigned"],
    })
  })
})

describe("the document of a did:web", () => {
  it("needs as many resolvers as the bundle asks for, and counts nothing where it does not ask", () => {
    expect(open(signed(web(), first), { dids: DIDS })).toMatchObject({ reasons: ["control.knowledge_unsigned"] })
    expect(open(signed(web(), first), { dids: DIDS, web: 2 })).toMatchObject({ detail: "1 of 2 resolvers signed" })
    expect(open(signed(web(), first, stranger), { dids: DIDS, web: 2 })).toMatchObject({
      detail: "1 of 2 resolvers signed",
    })
    const opened = open(signed(web(), first, third), { dids: DIDS, web: 2 })
    if ("reasons" in opened) throw new Error(opened.detail)
    expect(decodeInForce(opened.projection!)).toMatchObject({
      number: 0,
      attesters: [first, third].map((one) => shortOf(one.did)),
    })
  })

  it.each([
    ["another DID", web({ published: JSON.stringify(documentOf("did:web:other.example", "one")) })],
    ["witnesses", web({ witness: "[]" })],
    ["more keys than may sign", web({ published: JSON.stringify(documentOf(WEB, "a", "b", "c", "d", "e")) })],
    ["a host that is an address", web({ did: "did:web:127.0.0.1" })],
  ])("is refused with %s", (_, content) =>
    expect(open(signed(content, first, second), { dids: DIDS, web: 2 })).toMatchObject({
      reasons: ["control.knowledge_malformed"],
    }),
  )
})

describe("the document of another method", () => {
  const ethr = "did:ethr:0xb9c5714089478a327f09197987f16f9e5d936e8a"
  const item = signed(web({ did: ethr, published: JSON.stringify(documentOf(ethr, "one")) }), first, second)

  it("counts where the bundle names the method, vouched for as a did:web", () => {
    expect(open(item, { dids: DIDS, web: 2 })).toMatchObject({ reasons: ["control.knowledge_unsigned"] })
    expect(open(item, { dids: DIDS, web: 2, universal: ["ion"] })).toMatchObject({
      reasons: ["control.knowledge_unsigned"],
    })
    expect(open(item, { dids: DIDS, universal: ["ethr"] })).toMatchObject({ reasons: ["control.knowledge_unsigned"] })
    expect(open(item, { dids: DIDS, web: 3, universal: ["ethr"] })).toMatchObject({ detail: "2 of 3 resolvers signed" })
    expect(open(item, { dids: DIDS, web: 2, universal: ["ethr"] })).toMatchObject({ subject: ethr })
  })
})

it("takes at most 256 bytes of what is kept, with all that it may hold", () => {
  const key = (n: number) =>
    keptKey({
      alg: "ES256",
      publicKey: new Uint8Array(33).fill(n),
      fragment: `key-${n}`,
      assertion: true,
      authentication: true,
      until: NOW,
    })
  const largest = { number: 2 ** 27 - 1, deactivated: false, checked: NOW, digest: new Uint8Array(32) }
  const bytes = encodeInForce({
    ...largest,
    attesters: DIDS.concat(stranger.did).map(shortOf),
    keys: [1, 2, 3, 4].map(key),
  })
  expect(bytes.length).toBeLessThanOrEqual(256)
})
