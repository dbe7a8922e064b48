import { encodeStatusList } from "@assay/credentials"
import { encodeDidJwk, publicKeyOf } from "@assay/did"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import { describe, expect, it } from "vitest"
import { encodeBundle, parseBundle } from "../../../src/kinds/bundle/parse.ts"

const [issuer, operator, root] = [actor(), actor("ES256"), actor()]
/** Another DID of the same key. */
const jwkOf = ({ key }: Actor): string => encodeDidJwk(publicKeyOf(key))
const good = bundleOf(issuer)

// biome-ignore lint/suspicious/noExplicitAny: the cases below break the types on purpose
type Loose = Record<string, any>

/** The errors of the good bundle with one member changed in its JSON. */
const errorsOf = (change: (json: Loose) => void) => {
  const json = structuredClone(good) as unknown as Loose
  change(json)
  const read = parseBundle(Buffer.from(JSON.stringify(json, null, 2)))
  return "errors" in read ? read.errors : []
}

const resolver = actor()
const REGISTRY = { network: "0x539", chain: 1_337, registry: `0x${"ab".repeat(20)}` }
const WEBVH = "did:webvh:QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE:id.example.com"

describe("parseBundle", () => {
  it("reads back what encodeBundle wrote", () => {
    expect(parseBundle(encodeBundle(good))).toEqual(good)
  })

  it.each<[string, (json: Loose) => void, string, string]>([
    ["an unknown key", (b) => (b.extra = 1), "extra", "is not a known key"],
    ["a missing key", (b) => delete b.trustDomain, "trustDomain", "is missing"],
    ["a version of 0", (b) => (b.version = 0), "version", "must lie in 1"],
    ["a broken version", (b) => (b.version = 1.5), "version", "must be a whole number"],
    ["a lifetime that ends first", (b) => (b.expires = b.issued), "expires", "must be later than issued"],
    ["a trust domain without slash", (b) => (b.trustDomain = "https://x.example"), "trustDomain", "trailing slash"],
    [
      "an issuer with a document, for which nobody vouches",
      (b) => (b.issuers[0].did = "did:web:x.example"),
      "issuers[0].did",
      "the bundle names no resolvers",
    ],
    [
      "an issuer whose document nothing proves, and not how many vouch for it",
      (b) => {
        b.issuers[0].did = "did:web:x.example"
        b.resolvers = { dids: [resolver.did] }
      },
      "issuers[0].did",
      "resolvers.web says how many resolvers must vouch",
    ],
    [
      "an issuer of a method that it does not take",
      (b) => {
        b.issuers[0].did = "did:ethr:0x539:0xb9c5714089478a327f09197987f16f9e5d936e8a"
        b.resolvers = { dids: [resolver.did], web: 1, ethr: [{ ...REGISTRY, network: "mainnet" }] }
      },
      "issuers[0].did",
      "is of the method ethr, which resolvers.ethr does not name",
    ],
    [
      "an issuer whose document lies nowhere",
      (b) => (b.issuers[0].did = "did:web:localhost"),
      "issuers[0].did",
      "names no document that could be looked for",
    ],
    [
      "an operator whose keys a web server has",
      (b) => {
        b.operators = [{ did: "did:web:x.example", rights: [] }]
        b.resolvers = { dids: [resolver.did], web: 1 }
      },
      "operators[0].did",
      "whoever has the server of another one would be the operator",
    ],
    [
      "an operator with a document that signs delegations",
      (b) => {
        b.operators = [{ did: WEBVH, rights: ["delegate"] }]
        b.resolvers = { dids: [resolver.did] }
      },
      "operators[0].rights",
      "leave delegate out",
    ],
    [
      "one network of did:ethr twice",
      (b) => (b.resolvers = { dids: [resolver.did], web: 1, ethr: [REGISTRY, { ...REGISTRY, chain: 2 }] }),
      "resolvers.ethr[1]",
      "names the same network again",
    ],
    [
      "did:ethr, and not how many vouch for it",
      (b) => (b.resolvers = { dids: [resolver.did], ethr: [REGISTRY] }),
      "resolvers.web",
      "it is missing",
    ],
    ["an unknown act", (b) => (b.issuers[0].actions[1] = "fly"), "issuers[0].actions[1]", "must be one of telemetry"],
    ["a star inside a pattern", (b) => (b.issuers[0].measurements = ["a*b"]), "issuers[0].measurements[0]", "prefix"],
    ["one signer for revoke", (b) => (b.thresholds.revoke = 1), "thresholds.revoke", "must lie in 2"],
    [
      "an issuer that is an operator",
      (b) => (b.operators = [{ did: issuer.did, rights: [] }]),
      "operators[0].did",
      "role",
    ],
    ["an issuer named twice", (b) => b.issuers.push(b.issuers[0]), "issuers[1].did", "same issuer"],
    [
      "an issuer named twice, by two DIDs of its key",
      (b) => b.issuers.push({ ...b.issuers[0], did: jwkOf(issuer) }),
      "issuers[1].did",
      "names the same issuer again: its key is that of issuers[0].did",
    ],
    [
      "an operator named twice, by two DIDs of its key",
      (b) => (b.operators = [operator.did, jwkOf(operator)].map((did) => ({ did, rights: [] }))),
      "operators[1].did",
      "its key is that of operators[0].did",
    ],
    [
      "an issuer that is an operator by another DID",
      (b) => (b.operators = [{ did: jwkOf(issuer), rights: [] }]),
      "operators[0].did",
      "is the key of the issuer at issuers[0].did; a key has one role",
    ],
    [
      "a root named twice, by two DIDs of its key",
      (b) => (b.nextRoots = { roots: [root.did, jwkOf(root)], threshold: 2 }),
      "nextRoots.roots[1]",
      "its key is that of nextRoots.roots[0]",
    ],
    [
      "an issuer that is to be a root",
      (b) => (b.nextRoots = { roots: [root.did, jwkOf(issuer)], threshold: 1 }),
      "nextRoots.roots[1]",
      "is the key of the issuer at issuers[0].did",
    ],
    ["a list that is none", (b) => (b.statusLists[0].encodedList = "uAAAA"), "statusLists[0].encodedList", "bitstring"],
    ["a digest in capitals", (b) => (b.firmware[0].digest = "AB".repeat(32)), "firmware[0].digest", "hex"],
    ["a fleet key without slash", (b) => (b.minimumSvn = { acme: 1 }), "minimumSvn.acme", "form"],
    [
      "roots that can never agree",
      (b) => (b.nextRoots = { roots: [root.did], threshold: 2 }),
      "nextRoots.threshold",
      "1 roots",
    ],
  ])("names the key of %s", (_, change, path, message) => {
    const errors = errorsOf(change)
    expect(errors).toHaveLength(1)
    expect(errors[0]!.path).toBe(path)
    expect(errors[0]!.message).toContain(message)
  })

  it("bounds what its status lists take together once inflated, before all of them are", () => {
    const zeros = encodeStatusList(4 * 1024 * 1024 * 8, [])
    expect(zeros.length).toBeLessThan(8_192)
    const lists = (count: number) => (b: Loose) => {
      const [item] = b.statusLists
      b.statusLists = Array.from({ length: count }, (_, n) => ({
        ...item,
        id: `https://x.example/${n}`,
        encodedList: zeros,
      }))
    }
    expect(errorsOf(lists(16))).toEqual([])
    const before = process.memoryUsage().arrayBuffers
    const errors = errorsOf(lists(200))
    expect(errors).toMatchObject([{ path: "statusLists[16].encodedList" }])
    expect(errors[0]!.message).toContain("together")
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(160 << 20)
  })

  it("names the line of every error", () => {
    const text = `{\n  "version": 0,\n  "issuers": [\n    { "did": "x",\n      "maxAssurance": "{" }\n  ]\n}`
    const read = parseBundle(Buffer.from(text))
    const lines = "errors" in read ? new Map(read.errors.map(({ path, line }) => [path, line])) : new Map()
    expect(lines.get("version")).toBe(2)
    expect(lines.get("issuers[0].did")).toBe(4)
    expect(lines.get("issuers[0].maxAssurance")).toBe(5)
    // A missing key has no line of its own: the object that lacks it is shown.
    expect(lines.get("issuers[0].vendors")).toBe(4)
    expect(lines.get("trustDomain")).toBe(1)
  })

  it.each([
    ["syntax", '{\n "version": 1,\n oops }', 3],
    ["a repeated key", '{"version":1,"version":2}', undefined],
    ["another root value", "[]", 1],
    ["nothing", "", undefined],
  ])("reports %s", (_, text, line) => {
    const read = parseBundle(Buffer.from(text))
    expect("errors" in read && read.errors[0]!.line).toBe(line)
  })

  it("does not encode what it would not read", () => {
    expect(() => encodeBundle({ ...good, version: 0 })).toThrow(/version must lie in 1/)
  })
})
