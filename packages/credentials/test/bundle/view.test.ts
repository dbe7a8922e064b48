/** Which list a credential is asked for in: that of its own issuer, the one that was signed later. */
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import {
  type Active,
  itemKey,
  type PublishedStatusList,
  STATUS_LIST_KIND,
  statusListSubject,
  type TrustBundle,
} from "@assay/trust"
import { describe, expect, it } from "vitest"
import { viewOf } from "../../src/bundle/view.ts"
import { encodeStatusList } from "../../src/status/list.ts"
import { decodeTokenList, encodeTokenList } from "../../src/status/token-list.ts"
import { whyNotInForce } from "../../src/vc/credential-in-force.ts"
import { type StatusRef, type Terms, termsOf } from "../../src/vc/terms.ts"

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
