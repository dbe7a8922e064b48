/** Which list a credential is asked for in: that of its own issuer, the one that was signed later. */
import { publicKeyOf } from "@assay/did"
import { shortOf } from "@assay/did-document"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import {
  type Active,
  itemKey,
  type PublishedStatusList,
  REGISTRY_KIND,
  type RegistryAnswers,
  SIGNER_DOCUMENT_KIND,
  STATUS_LIST_KIND,
  statusListSubject,
  type TrustBundle,
  type TrustedRegistry,
} from "@assay/trust"
import { describe, expect, it } from "vitest"
import { viewOf } from "../../src/bundle/view.ts"
import type { SignerDocument } from "../../src/issuer/documents.ts"
import { encodeStatusList } from "../../src/status/list.ts"
import { decodeTokenList, encodeTokenList } from "../../src/status/token-list.ts"
import { whyNotInForce } from "../../src/vc/credential-in-force.ts"
import { parseTerms, type StatusRef, type Terms, termsOf } from "../../src/vc/terms.ts"

const [maker, other] = [actor(), actor()]
const URL_OF = "https://acme.example/status/1"
const TIME = 100_000

const bundle = (
  status: TrustBundle["issuers"][number]["status"],
  over: Partial<TrustBundle> = {},
): Active<TrustBundle> => {
  const body = bundleOf(maker, over)
  const issuers = [maker, other].map(({ did }) => ({ ...body.issuers[0]!, did, status }))
  return { hash: "b".repeat(64), version: 1, expires: body.expires, body: { ...body, issuers } }
}

const published = (
  issuer: Actor,
  value: number,
  over: Partial<PublishedStatusList> = {},
): Active<PublishedStatusList> => {
  const list = decodeTokenList(2, encodeTokenList(2, 16, [[7, value]]))!
  const body: PublishedStatusList = {
    issuer: issuer.did,
    id: URL_OF,
    purposes: ["token"],
    issued: TIME - 1_000,
    expires: TIME + 60_000,
    ttlMs: null,
    list,
    ...over,
  }
  return { hash: `${value}`.repeat(64), version: body.issued, expires: body.expires, body }
}

const itemsOf = (...lists: ReadonlyArray<Active<PublishedStatusList>>) =>
  new Map(lists.map((one) => [itemKey(STATUS_LIST_KIND, statusListSubject(one.body.issuer, one.body.id)), one]))

const terms = (status: ReadonlyArray<StatusRef> = [{ list: URL_OF, purpose: "token" }]): Terms =>
  termsOf({
    issuer: maker.did,
    types: ["AssayDeviceCredential"],
    vendor: "acme",
    class: "pump",
    assurance: "software",
    status,
    capabilities: { measurements: [], actions: ["telemetry"], audiences: [], ratePerMinute: 1 },
  })

const ANY = { lists: ["https://acme.example/status/*"], maxAgeMs: 30_000 }

const reasonAt = (
  active: Active<TrustBundle>,
  items: ReturnType<typeof itemsOf>,
  asked = terms(),
  time = TIME,
  isLenient = false,
) =>
  whyNotInForce(
    { terms: asked, validFrom: 0, validUntil: 1_000_000, indices: [7, 7] },
    viewOf(active, items),
    time,
    isLenient,
    0,
  )?.reasons ?? []

describe("a status list that its issuer published", () => {
  it.each([
    [0, []],
    [1, ["credential.revoked"]],
    [2, ["credential.suspended"]],
    [3, ["credential.status_unknown"]],
  ])("says of a credential by the value %s: %s", (value, reasons) => {
    expect(reasonAt(bundle(ANY), itemsOf(published(maker, value)))).toEqual(reasons)
  })

  it("is none where the bundle does not name it, or another issuer published it", () => {
    expect(reasonAt(bundle(undefined), itemsOf(published(maker, 0)))).toEqual(["credential.status_unavailable"])
    const elsewhere = { lists: ["https://acme.example/status/10"], maxAgeMs: 30_000 }
    expect(reasonAt(bundle(elsewhere), itemsOf(published(maker, 0)))).toEqual(["credential.status_unavailable"])
    expect(reasonAt(bundle(ANY), itemsOf(published(other, 0)))).toEqual(["credential.status_unavailable"])
    expect(reasonAt(bundle(ANY), itemsOf())).toEqual(["credential.status_unavailable"])
  })

  it("is no bitstring of the same name", () => {
    expect(
      reasonAt(bundle(ANY), itemsOf(published(maker, 0)), terms([{ list: URL_OF, purpose: "revocation" }])),
    ).toEqual(["credential.status_stale_act"])
  })

  it.each([
    ["its own end", { issued: TIME - 1_000, expires: TIME + 10 }, TIME + 10, TIME + 11],
    ["the age that the bundle sets", { issued: TIME - 1_000, expires: TIME + 900_000 }, TIME + 29_000, TIME + 29_001],
  ])("counts until %s", (_, over, last, late) => {
    const items = itemsOf(published(maker, 0, over))
    expect(reasonAt(bundle(ANY), items, terms(), last)).toEqual([])
    expect(reasonAt(bundle(ANY), items, terms(), late)).toEqual(["credential.status_stale_act"])
    expect(reasonAt(bundle(ANY), items, terms(), late, true)).toEqual(["credential.status_stale"])
    // What it sets counts however old it is.
    expect(reasonAt(bundle(ANY), itemsOf(published(maker, 1, over)), terms(), late, true)).toEqual([
      "credential.revoked",
    ])
  })

  it("takes the place of the bundle's where it was signed later, and only then", () => {
    const asked = terms([{ list: URL_OF, purpose: "revocation" }])
    const [item] = bundleOf(maker).statusLists
    const carrying = (issued: number) =>
      bundle(ANY, { statusLists: [{ ...item!, issued, maxAgeMs: 60_000, encodedList: encodeStatusList(0, [7]) }] })
    const list = { purposes: ["revocation"], list: decodeTokenList(1, encodeTokenList(1, 16, []))! } as const
    expect(reasonAt(carrying(TIME - 2_000), itemsOf(published(maker, 0, list)), asked)).toEqual([])
    expect(reasonAt(carrying(TIME - 500), itemsOf(published(maker, 0, list)), asked)).toEqual(["credential.revoked"])
  })
})

describe("the view", () => {
  it("is one for as long as bundle and lists stay, and verdicts cite the lists that count", () => {
    const active = bundle(ANY)
    const list = published(maker, 0)
    const view = viewOf(active, itemsOf(list))
    expect(viewOf(active, itemsOf(list))).toBe(view)
    expect(viewOf(active, itemsOf(published(maker, 1)))).not.toBe(view)
    expect(viewOf(active, itemsOf(list)).weigh(terms()).ground.cited).toEqual([active.hash, list.hash])
    expect(viewOf(active).weigh(terms()).ground).toBe(viewOf(active))
  })
})

describe("an issuer whose keys stand in a document", () => {
  const DID = "did:web:acme.example"
  const [key, resolver] = [actor(), actor()]
  const signer = key.did
  const named = (over: Partial<TrustBundle> = {}): Active<TrustBundle> => {
    const active = bundle(ANY, { resolvers: { dids: [resolver.did], web: 1 }, ...over })
    return { ...active, body: { ...active.body, issuers: [{ ...active.body.issuers[0]!, did: DID }] } }
  }
  const listing = (change: Partial<SignerDocument> = {}, end: number | null = null): Active<SignerDocument> => {
    const listed = { ...publicKeyOf(key.key), fragment: "one", assertion: true, authentication: false, until: end }
    const body = {
      did: DID,
      number: 0,
      deactivated: false,
      keys: [listed],
      attesters: [shortOf(resolver.did)],
      ...change,
    }
    return { hash: "d".repeat(64), version: 1, expires: TIME + 10, body }
  }
  const documented = (document: Active<SignerDocument> | null, ...lists: ReadonlyArray<Active<PublishedStatusList>>) =>
    new Map<string, Active<unknown>>([
      ...itemsOf(...lists),
      ...(document === null ? [] : [[itemKey(SIGNER_DOCUMENT_KIND, DID), document] as const]),
    ])
  const asked = (status: ReadonlyArray<StatusRef> = [], by: string | undefined = signer): Terms => {
    const { capabilities, ...own } = terms(status)
    return termsOf({
      ...own,
      capabilities: capabilities.source,
      issuer: DID,
      ...(by === undefined ? {} : { signer: by }),
    })
  }
  const of = (document: Active<SignerDocument> | null, time = TIME, given = asked(), active = named()) =>
    reasonAt(active, documented(document) as never, given, time)

  it.each<[string, () => ReadonlyArray<string>, ReadonlyArray<string>]>([
    ["counts by a key that it lists", () => of(listing()), []],
    ["has no document", () => of(null), ["credential.document_missing"]],
    [
      "has one that too few vouch for",
      () => of(listing({ attesters: [shortOf(key.did)] })),
      ["credential.document_missing"],
    ],
    ["lists the key no more", () => of(listing({ keys: [] })), ["credential.issuer_key_withdrawn"]],
    ["is deactivated", () => of(listing({ deactivated: true })), ["credential.issuer_key_withdrawn"]],
    [
      "lists it for something else",
      () => of(listing({ keys: [{ ...listing().body.keys[0]!, assertion: false, authentication: true }] })),
      ["credential.issuer_key_withdrawn"],
    ],
    ["let the key end", () => of(listing({}, TIME)), ["credential.issuer_key_withdrawn"]],
    ["was not seen for too long", () => of(listing(), TIME + 10), ["credential.document_expired"]],
    ["never named a key", () => of(listing(), TIME, asked([], "")), ["credential.issuer_key_withdrawn"]],
  ])("that %s", (_, reasons, expected) => {
    expect(reasons()).toEqual(expected)
  })

  it("is cited, and another view is made where its document changes", () => {
    const active = named()
    const [first, second] = [listing(), { ...listing(), hash: "e".repeat(64) }]
    expect(viewOf(active, documented(first)).weigh(asked()).ground.cited).toEqual([active.hash, first.hash])
    const items = documented(second)
    expect(viewOf(active, items).issuersBy).not.toBe(viewOf(active, documented(first)).issuersBy)
  })

  it("publishes lists under keys that it lists, until these end", () => {
    const list = published({ ...maker, did: DID }, 0, { signer })
    const given = asked([{ list: URL_OF, purpose: "token" }])
    expect(reasonAt(named(), documented(listing(), list) as never, given)).toEqual([])
    const other = published({ ...maker, did: DID }, 0, { signer: resolver.did })
    expect(reasonAt(named(), documented(listing(), other) as never, given)).toEqual(["credential.status_unavailable"])
  })

  it("is remembered with its key, so that a state says it again after a restart", () => {
    const made = asked()
    expect(parseTerms(made.text)).toMatchObject({ issuer: DID, signer })
    expect(parseTerms(made.text).text).toBe(made.text)
    expect(parseTerms(terms().text)).not.toHaveProperty("signer")
  })
})

describe("what registries answer", () => {
  it("is weighed once, however often the lists change", () => {
    const registry: TrustedRegistry = {
      authority: "https://registry.example/",
      url: "https://registry.example",
      framework: "urn:f",
      resolvers: 2,
      maxAgeMs: 1_000,
      depth: 0,
      scope: { ...bundle(ANY).body.issuers[0]!, status: ANY },
      levels: [],
    }
    const active = bundle(undefined, { registries: [registry] })
    let read = 0
    const answers = [
      {
        query: "authorization",
        authority: registry.authority,
        entity: "did:key:zRegistered",
        action: "issue",
        resource: "AssayDeviceCredential",
        level: null,
        holds: true,
        evaluated: 1,
        expires: TIME + 10,
      },
    ] as const
    const body: RegistryAnswers = {
      authority: registry.authority,
      framework: registry.framework,
      checked: 1,
      expires: TIME + 10,
      get answers() {
        read += 1
        return answers
      },
    }
    const answered: Active<RegistryAnswers> = { hash: "r", version: 1, expires: TIME + 10, body }
    const under = (value: number) =>
      viewOf(
        active,
        new Map<string, Active<unknown>>([
          ...itemsOf(published(maker, value)),
          [itemKey(REGISTRY_KIND, registry.authority), answered],
        ]),
      )
    const first = under(0)
    const before = read
    const second = under(1)
    expect(second).not.toBe(first)
    // The list itself asks who lets it be published: once, and not through all answers again.
    expect(read - before).toBeLessThanOrEqual(1)
    expect(second.issuer("did:key:zRegistered")?.did).toBe("did:key:zRegistered")
  })

  it("lets an issuer that it authorizes publish lists, within the scope of the registry", () => {
    const registered = actor()
    const registry = {
      authority: "https://registry.example/",
      scope: { ...bundle(ANY).body.issuers[0]!, status: ANY },
      depth: 0,
      levels: [],
      framework: "urn:f",
    } as unknown as TrustedRegistry
    const active = bundle(undefined, { registries: [registry] })
    const answer = {
      query: "authorization",
      authority: registry.authority,
      entity: registered.did,
      action: "issue",
      resource: "AssayDeviceCredential",
      level: null,
      evaluated: 1,
      expires: TIME + 500_000,
    }
    const given = (holds: boolean) => {
      const body = { authority: registry.authority, expires: TIME + 500_000, answers: [{ ...answer, holds }] }
      const item = { hash: "r", version: 1, expires: TIME + 500_000, body }
      return new Map<string, Active<unknown>>([
        ...itemsOf(published(registered, 1)),
        [itemKey(REGISTRY_KIND, registry.authority), item],
      ])
    }
    const { capabilities, ...own } = terms()
    const asked = termsOf({ ...own, issuer: registered.did, assurance: "claimed", capabilities: capabilities.source })
    expect(reasonAt(active, given(true) as never, asked)).toEqual(["credential.revoked"])
    expect(reasonAt(active, given(false) as never, asked)).toEqual(["credential.issuer_withdrawn"])
  })
})
