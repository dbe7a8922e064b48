/** The documents of issuers and operators: of whom they are taken, and what more is asked of an operator's. */
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { commitTo, createWebvh, multikeyOfKey } from "@assay/did-document/write"
import { dsseSign, type JsonObject } from "@assay/jose"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import { type Active, itemKey, REGISTRY_KIND, type RegistryAnswers, type TrustBundle } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { DID_DOCUMENT_TYPE, SIGNER_DOCUMENT } from "../../../src/index.ts"
import type { OpenContext } from "../../../src/kind.ts"

const NOW = Date.parse("2026-11-29T12:00:00Z")
const HOUR = 3_600_000
const [maker, resolver, operator, key, update, next] = [actor(), actor(), actor(), actor(), actor(), actor()]
const REGISTRY = "https://registry.example/"

const documentOf = (did: string, one: Actor): JsonObject => ({
  id: did,
  verificationMethod: [
    {
      id: `${did}#one`,
      type: "Multikey",
      controller: did,
      publicKeyMultibase: encodeDidKey(publicKeyOf(one.key)).slice("did:key:".length),
    },
  ],
  assertionMethod: [`${did}#one`],
})

const madeWith = (parameters: JsonObject = {}, one = key, path = "") =>
  createWebvh({
    time: NOW - HOUR,
    parameters: { updateKeys: [multikeyOfKey(update.key)], ...parameters },
    state: documentOf(`did:webvh:{SCID}:id.example.com${path}`, one),
    key: update.key,
  })
const plain = madeWith()
const guarded = madeWith({ nextKeyHashes: [commitTo(next.key)] })

const item = ({ did, log }: { readonly did: string; readonly log: string }): Uint8Array =>
  dsseSign(
    DID_DOCUMENT_TYPE,
    Buffer.from(JSON.stringify({ did, checked: NOW, expires: NOW + HOUR, published: log, witness: null })),
    [resolver],
  )

const context = (change: Partial<TrustBundle>, items: OpenContext["items"] = new Map()): OpenContext => ({
  roots: { roots: [], threshold: 1 },
  bundle: {
    hash: "",
    version: 1,
    expires: NOW * 2,
    body: bundleOf(maker, {
      resolvers: { dids: [resolver.did] },
      operators: [{ did: operator.did, rights: [] }],
      ...change,
    }),
  },
  items,
})
const issuer = (did: string) => ({ issuers: [{ ...bundleOf(maker).issuers[0]!, did }] })
const operating = (did: string) => ({ operators: [{ did, rights: ["quarantine" as const] }] })
const why = (made: { readonly did: string; readonly log: string }, within: OpenContext): string | null => {
  const opened = SIGNER_DOCUMENT.open(item(made), within)
  return "reasons" in opened ? `${opened.reasons.join(" ")}: ${opened.detail}` : null
}

describe("the document of a signer", () => {
  it("is that of an issuer of the bundle, on every partition", () => {
    expect(why(plain, context(issuer(plain.did)))).toBeNull()
    expect(why(plain, context({}))).toContain("is no issuer and no operator of the bundle in force")
    expect(SIGNER_DOCUMENT.subject(item(plain))).toBe("")
  })

  it("is that of an issuer whom a registry of the bundle authorizes", () => {
    const answering = (holds: boolean): ReadonlyMap<string, Active<unknown>> => {
      const body = { answers: [{ query: "authorization", entity: plain.did, holds }] } as unknown as RegistryAnswers
      return new Map([[itemKey(REGISTRY_KIND, REGISTRY), { hash: "", version: 1, expires: NOW + HOUR, body }]])
    }
    expect(why(plain, context({}, answering(true)))).toBeNull()
    expect(why(plain, context({}, answering(false)))).toContain("is no issuer")
    expect(SIGNER_DOCUMENT.restsOn?.({} as never, REGISTRY_KIND, REGISTRY)).toBe(true)
  })

  it("of an operator commits to its next update keys: a thief of the present ones is no operator", () => {
    expect(why(guarded, context(operating(guarded.did)))).toBeNull()
    expect(why(plain, context(operating(plain.did)))).toContain("commits to its next update keys")
  })

  it("lists no key that has another role, and none of another document", () => {
    const [ofResolver, ofOperator] = [madeWith({}, resolver), madeWith({}, operator)]
    expect(why(ofResolver, context(issuer(ofResolver.did)))).toContain("#one is the key of a resolver")
    expect(why(ofOperator, context(issuer(ofOperator.did)))).toContain("#one is the key of an operator")
    const other = madeWith({}, key, ":other")
    const opened = SIGNER_DOCUMENT.open(item(other), context(issuer(other.did)))
    if ("reasons" in opened) throw new Error(opened.detail)
    const inForce = { hash: "", version: 1, expires: NOW + HOUR, body: opened.body }
    const items = new Map([[itemKey(SIGNER_DOCUMENT.name, other.did), inForce]])
    expect(why(plain, context(issuer(plain.did), items))).toContain(`#one is the key of ${other.did}`)
    expect(why(other, context(issuer(other.did), items))).toBeNull()
  })

  it("is renewed by resolvers, and said to be old in the last quarter of its age", () => {
    const opened = SIGNER_DOCUMENT.open(item(plain), context(issuer(plain.did)))
    if ("reasons" in opened) throw new Error(opened.detail)
    expect(SIGNER_DOCUMENT.parts?.(opened.body)).toEqual([
      { what: `the document of ${plain.did}`, expires: NOW + HOUR, soonMs: HOUR / 4 },
    ])
  })
})
