/** did:ethr (method specification): the keys that the events of an ERC-1056 registry come to. */

import { generateKeyPairSync } from "node:crypto"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { describe, expect, it } from "vitest"
import { type EthrChange, isEthrHistory, parseEthr, verifyEthr } from "../../src/index.ts"
import { keyOf } from "../webvh/logs.ts"

const ADDRESS = "0xb9c5714089478a327f09197987f16f9e5d936e8a"
const DID = `did:ethr:${ADDRESS}`
const AT = Date.UTC(2026, 10, 29)
const LATER = String(AT / 1_000 + 3_600)

const word = (text: string): string => `0x${Buffer.from(text.padEnd(32, "\0"), "latin1").toString("hex")}`
const ed25519 = publicKeyOf(keyOf(3)).publicKey
const p256 = publicKeyOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey)
const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`

const attribute = (block: number, name: string, value: string, validTo = LATER): EthrChange => ({
  block,
  kind: "attribute",
  name: word(name),
  value,
  validTo,
})
const delegate = (block: number): EthrChange => ({
  block,
  kind: "delegate",
  type: word("veriKey"),
  delegate: ADDRESS,
  validTo: LATER,
})
const owner = (block: number, to: string): EthrChange => ({ block, kind: "owner", owner: to })

const read = (changes: ReadonlyArray<EthrChange>, at = AT) =>
  verifyEthr(DID, Buffer.from(JSON.stringify({ chain: 1, registry: ADDRESS, changes })), at)
const keysOf = (changes: ReadonlyArray<EthrChange>, at = AT) => {
  const found = read(changes, at)
  if ("reason" in found) throw new Error(found.detail)
  return found.keys.map(({ alg, fragment, authentication, until }) => [alg, fragment, authentication, until])
}

const END = AT + 3_601_000

describe("the name of a did:ethr", () => {
  it.each([
    [DID, "mainnet", ADDRESS],
    [`did:ethr:sepolia:${ADDRESS.toUpperCase().replace("0X", "0x")}`, "sepolia", ADDRESS],
    [`did:ethr:0x539:${ADDRESS}`, "0x539", ADDRESS],
  ])("%s", (did, network, address) => {
    expect(parseEthr(did)).toEqual({ network, address })
  })

  it.each([
    `did:ethr:${ADDRESS}00`,
    `did:ethr:0x${"02".repeat(33)}`,
    `did:ethr:a:b:${ADDRESS}`,
    `did:web:${ADDRESS}`,
    "did:ethr:",
  ])("%s is none", (did) => {
    expect(parseEthr(did)).toBeNull()
  })
})

describe("the document of a did:ethr", () => {
  it("has no key that could sign a message where its registry says nothing: an address alone recovers secp256k1", () => {
    expect(keysOf([])).toEqual([])
    expect(keysOf([delegate(1), owner(2, ADDRESS)])).toEqual([])
  })

  it("has the keys of its attributes, numbered as the method counts: every delegate and every did/pub", () => {
    expect(
      keysOf([
        delegate(1),
        attribute(2, "did/pub/Ed25519/veriKey/base64", hex(ed25519)),
        attribute(2, "did/svc/Hub", "0x61"),
        attribute(3, "did/pub/Secp256k1/veriKey/hex", `0x${"02".repeat(33)}`),
        attribute(3, "did/pub/Multikey/sigAuth", hex(Buffer.concat([Buffer.from([0x80, 0x24]), p256.publicKey]))),
      ]),
    ).toEqual([
      ["Ed25519", "delegate-2", false, END],
      ["ES256", "delegate-4", true, END],
    ])
    const found = read([attribute(1, "did/pub/Ed25519/veriKey", hex(ed25519))])
    if ("reason" in found) throw new Error(found.detail)
    expect(encodeDidKey(found.keys[0]!)).toBe(encodeDidKey(publicKeyOf(keyOf(3))))
  })

  it("gives a key up where it is taken back, and lets it end at its time", () => {
    const set = attribute(1, "did/pub/Ed25519/veriKey", hex(ed25519))
    expect(keysOf([set, attribute(5, "did/pub/Ed25519/veriKey", hex(ed25519), "0")])).toEqual([])
    const again = attribute(6, "did/pub/Ed25519/veriKey", hex(ed25519), LATER)
    expect(keysOf([set, attribute(5, "did/pub/Ed25519/veriKey", hex(ed25519), "0"), again])).toEqual([
      ["Ed25519", "delegate-3", false, END],
    ])
    expect(keysOf([set], END - 1)).toHaveLength(1)
    expect(keysOf([set], END)).toEqual([])
    expect(keysOf([attribute(1, "did/pub/Ed25519/veriKey", hex(ed25519), String(2n ** 256n - 1n))])).toEqual([
      ["Ed25519", "delegate-1", false, null],
    ])
  })

  it("is nobody's once nobody owns it, whatever comes later", () => {
    const set = attribute(1, "did/pub/Ed25519/veriKey", hex(ed25519))
    expect(read([set, owner(2, `0x${"0".repeat(40)}`), owner(3, ADDRESS)])).toMatchObject({
      deactivated: true,
      keys: [],
    })
  })

  it.each<[string, unknown]>([
    ["blocks that fall", [attribute(5, "a", "0x"), attribute(4, "a", "0x")]],
    ["a kind that is unknown", [{ block: 1, kind: "other" }]],
    ["a member that is unknown", [{ ...owner(1, ADDRESS), more: 1 }]],
    ["a value that is no hex", [attribute(1, "a", "0xzz")]],
    ["an address in capitals", [owner(1, ADDRESS.toUpperCase())]],
    ["too many changes", Array.from({ length: 513 }, (_, n) => owner(n, ADDRESS))],
  ])("is none with %s", (_, changes) => {
    expect(read(changes as ReadonlyArray<EthrChange>)).toMatchObject({ reason: "log" })
  })

  it("has at most four keys that may sign", () => {
    const many = [1, 2, 3, 4, 5].map((n) =>
      attribute(n, "did/pub/Ed25519/veriKey", hex(publicKeyOf(keyOf(n)).publicKey)),
    )
    expect(keysOf(many.slice(0, 4))).toHaveLength(4)
    expect(read(many)).toMatchObject({ reason: "document" })
  })

  it("is known from a document that a Universal Resolver gives", () => {
    const history = Buffer.from(JSON.stringify({ chain: 1, registry: ADDRESS, changes: [] }))
    expect(isEthrHistory(DID, history)).toBe(true)
    expect(isEthrHistory(DID, Buffer.from(JSON.stringify({ id: DID })))).toBe(false)
    expect(isEthrHistory("did:web:id.example.com", history)).toBe(false)
  })
})
