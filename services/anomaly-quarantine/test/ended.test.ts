/** What rests on nothing any more, once operators have revoked a credential, an issuer, one of its keys, or a key of a document. */
import { viewOf } from "@assay/credentials"
import { type Actor, actor, bundleOf, remoteOf } from "@assay/testkit/actors"
import { message as sample } from "@assay/testkit/samples"
import { type AssayedMessage, credentialTarget, delegatedId, type Revocable } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { endedBy, endedIn } from "../src/revocation/ended.ts"
import { Harness } from "./harness.ts"

const [issuer, key, otherKey] = [actor(), actor(), actor("ES256")]
const HASH = "h".repeat(43)
const OTHER = "o".repeat(43)
const view = viewOf({ hash: "b".repeat(64), version: 1, expires: 2, body: bundleOf(issuer) }, new Map())
const capabilities = { source: { actions: [], measurements: [] } }
const terms = { types: [], vendor: "acme", class: "pump", assurance: "software", status: [], capabilities }
const credential = (hash: string, did: string, signer?: string) =>
  ({ hash, terms: { ...terms, issuer: did, ...(signer === undefined ? {} : { signer }) } }) as never

describe("a credential", () => {
  it.each([
    ["by itself", "credential", credentialTarget(HASH), credential(HASH, issuer.did), true],
    ["another one", "credential", credentialTarget(OTHER), credential(HASH, issuer.did), false],
    ["with its issuer", "issuer", issuer.did, credential(HASH, issuer.did), true],
    ["another issuer", "issuer", otherKey.did, credential(HASH, issuer.did), false],
    ["by the key", "issuer-key", `did:web:i#${key.did}`, credential(HASH, "did:web:i", key.did), true],
    ["another key", "issuer-key", `did:web:i#${otherKey.did}`, credential(HASH, "did:web:i", key.did), false],
    ["the key of another", "issuer-key", `did:web:j#${key.did}`, credential(HASH, "did:web:i", key.did), false],
  ] as const)("%s", (_what, of: Revocable, target, one, expected) => {
    const ended = endedBy([{ of, target }])
    expect(ended.has(one, view)).toBe(expected)
    expect(ended.hasCredentials).toBe(true)
  })
})

describe("a message", () => {
  const signedBy = async (
    who: Actor,
    alg: string,
    iss: string,
  ): Promise<Pick<AssayedMessage, "envelope" | "claims">> => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url")
    const input = `${part({ alg, typ: "m2m-message+jwt", kid: `${iss}#one` })}.${part({ iss })}`
    const signature = Buffer.from(await remoteOf(who).sign(Buffer.from(input))).toString("base64url")
    const bytes = Buffer.from(`${input}.${signature}`)
    return { envelope: { ...sample.envelope, bytes }, claims: { ...sample.claims!, iss } as never }
  }
  const ended = endedBy([{ of: "document-key", target: `did:web:d#${key.did}` }])

  it("was signed by the key that was revoked, whatever it is called, and for whomever", async () => {
    expect(ended.hasSigned(await signedBy(key, "Ed25519", "did:web:d"))).toBe(true)
    expect(ended.hasSigned(await signedBy(key, "Ed25519", delegatedId("did:web:d", "pump")))).toBe(true)
    expect(ended.hasCredentials).toBe(false)
  })

  it("was signed by another key of the document, or by a key of another document", async () => {
    expect(ended.hasSigned(await signedBy(otherKey, "ES256", "did:web:d"))).toBe(false)
    expect(ended.hasSigned(await signedBy(key, "Ed25519", "did:web:e"))).toBe(false)
  })

  it("that cannot be read may have been signed by it", async () => {
    const { claims, envelope } = await signedBy(key, "Ed25519", "did:web:d")
    expect(ended.hasSigned({ claims, envelope: { ...envelope, bytes: Buffer.from("no message") } })).toBe(true)
  })
})

it("is what the rows of the partition say", () => {
  const harness = new Harness()
  expect(endedIn(harness.view).hasNamed({ hash: HASH, issuer: issuer.did })).toBe(false)
  const signers = ["did:key:zOp1", "did:key:zOp2"]
  const revocation = { of: "issuer", from: 500, list: null } as const
  const what = { kind: "command", verb: "revoke", target: issuer.did, signers, reason: "test", revocation } as const
  harness.control({ accepted: true, reasons: [], what })
  expect(endedIn(harness.view).hasNamed({ hash: HASH, issuer: issuer.did })).toBe(true)
  expect(endedIn(harness.view).hasNamed({ hash: HASH, issuer: otherKey.did })).toBe(false)
})
