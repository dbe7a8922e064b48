/** DSSE v1 (secure-systems-lab/dsse), with our own strictness on top. */
import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { encodeDidJwk, encodeDidKey, publicKeyOf } from "@assay/did"
import { describe, expect, it } from "vitest"
import { dsseSign, dsseVerify, pae } from "../src/dsse.ts"

const signer = (kind: "ed25519" | "p256") => {
  const pair = kind === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" })
  const key = publicKeyOf(pair.publicKey)
  return { did: kind === "ed25519" ? encodeDidKey(key) : encodeDidJwk(key), key: pair.privateKey }
}
const [a, b, c] = [signer("ed25519"), signer("p256"), signer("ed25519")] as const
/** The same key as a did:jwk. */
const otherDidOf = ({ key }: { key: KeyObject }): string => encodeDidJwk(publicKeyOf(key))
const TYPE = "application/vnd.assay.bundle+json"
const BODY = Buffer.from('{"version":1}')
const ROOTS = { roots: [a.did, b.did], threshold: 2 }

interface Written {
  payload: string
  payloadType: string
  signatures: Array<{ keyid: string; sig: string }>
  extra?: number
}
const edit = (envelope: Uint8Array, change: (e: Written) => void): Uint8Array => {
  const parsed = JSON.parse(Buffer.from(envelope).toString()) as Written
  change(parsed)
  return Buffer.from(JSON.stringify(parsed))
}

describe("DSSE", () => {
  it("encodes as the specification's example", () => {
    expect(pae("http://example.com/HelloWorld", Buffer.from("hello world")).toString()).toBe(
      "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
    )
  })

  it("gives back the payload and who signed", () => {
    const result = dsseVerify(dsseSign(TYPE, BODY, [a, b]), TYPE, ROOTS)
    if ("reason" in result) throw new Error(result.detail)
    expect(Buffer.from(result.payload).equals(BODY)).toBe(true)
    expect(result.signers).toEqual([a.did, b.did])
  })

  it("is deterministic", () => {
    expect(dsseSign(TYPE, BODY, [a, b])).toEqual(dsseSign(TYPE, BODY, [a, b]))
  })

  it("does not sign in another's name", () => {
    expect(() => dsseSign(TYPE, BODY, [{ did: a.did, key: c.key }])).toThrow(TypeError)
  })

  it("counts one key once, whatever its DIDs: in the envelope and in the roots", () => {
    const other = otherDidOf(a)
    const roots = { roots: [a.did, other], threshold: 2 }
    for (const did of [a.did, other])
      expect(dsseVerify(dsseSign(TYPE, BODY, [{ did, key: a.key }]), TYPE, roots)).toEqual({
        reason: "threshold",
        detail: "1 of 2 roots signed",
      })
    expect(dsseVerify(dsseSign(TYPE, BODY, [a, { did: other, key: a.key }]), TYPE, roots)).toMatchObject({
      reason: "malformed",
    })
    // By another DID of its key nobody is a root: the roots file says by which DID each signs.
    expect(dsseVerify(dsseSign(TYPE, BODY, [{ did: other, key: a.key }, b]), TYPE, ROOTS)).toMatchObject({
      reason: "threshold",
    })
  })

  it("leaves others' signatures aside, whatever they are", () => {
    const envelope = edit(dsseSign(TYPE, BODY, [a, b, c]), (e) => {
      e.signatures[2]!.sig = "AAAA"
    })
    expect(dsseVerify(envelope, TYPE, ROOTS)).toHaveProperty("payload")
  })

  it.each<[string, Uint8Array, string]>([
    ["one root of two", dsseSign(TYPE, BODY, [a]), "threshold"],
    ["one root and a stranger", dsseSign(TYPE, BODY, [a, c]), "threshold"],
    ["nobody", dsseSign(TYPE, BODY, []), "threshold"],
    ["another type", dsseSign("application/vnd.assay.policy+json", BODY, [a, b]), "type"],
    [
      "a type changed after signing",
      edit(dsseSign("other", BODY, [a, b]), (e) => {
        e.payloadType = TYPE
      }),
      "signature",
    ],
    [
      "a payload changed after signing",
      edit(dsseSign(TYPE, BODY, [a, b]), (e) => {
        e.payload = Buffer.from('{"version":2}').toString("base64")
      }),
      "signature",
    ],
    [
      "one root twice",
      edit(dsseSign(TYPE, BODY, [a]), (e) => {
        e.signatures.push(e.signatures[0]!)
      }),
      "malformed",
    ],
    [
      "one root twice, by two DIDs",
      edit(dsseSign(TYPE, BODY, [a]), (e) => {
        e.signatures.push({ keyid: otherDidOf(a), sig: e.signatures[0]!.sig })
      }),
      "malformed",
    ],
    [
      "one root's signature in another's name",
      edit(dsseSign(TYPE, BODY, [a]), (e) => {
        e.signatures.push({ keyid: b.did, sig: e.signatures[0]!.sig })
      }),
      "signature",
    ],
    [
      "an unknown member",
      edit(dsseSign(TYPE, BODY, [a, b]), (e) => {
        e.extra = 1
      }),
      "malformed",
    ],
    [
      "base64url",
      edit(dsseSign(TYPE, Buffer.from([0xfb, 0xff]), [a, b]), (e) => {
        e.payload = "-_8"
      }),
      "malformed",
    ],
    ["no JSON", Buffer.from("x"), "malformed"],
    [
      "a repeated member",
      Buffer.from(
        Buffer.from(dsseSign(TYPE, BODY, [a, b]))
          .toString()
          .replace("{", '{"payload":"AA==",'),
      ),
      "malformed",
    ],
  ])("refuses %s", (_, envelope, reason) => {
    expect(dsseVerify(envelope, TYPE, ROOTS)).toMatchObject({ reason })
  })

  it.each([0, -1, Number.NaN, 1.5])("does not take %s for a threshold that nobody must meet", (threshold) => {
    expect(dsseVerify(dsseSign(TYPE, BODY, []), TYPE, { roots: [a.did], threshold })).toMatchObject({
      reason: "threshold",
    })
  })
})
