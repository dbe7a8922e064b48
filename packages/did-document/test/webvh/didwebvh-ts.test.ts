/** With an implementation that others wrote: what `didwebvh-ts` makes we accept, what we make it accepts, and it refuses what we refuse. */
import "./write-no-logs.ts"

import { createPublicKey, type KeyObject, sign, verify } from "node:crypto"
import { decodeBase58, encodeDidKey, publicKeyOf } from "@assay/did"
import type { JsonObject } from "@assay/jose"
import {
  createDID,
  deactivateDID,
  MultibaseEncoding,
  multibaseEncode,
  prepareDataForSigning,
  resolveDIDFromLog,
  updateDID,
} from "didwebvh-ts"
import { describe, expect, it } from "vitest"
import { verifyWebvh } from "../../src/index.ts"
import { appendWebvh, commitTo, createWebvh, multikeyOfKey, witnessWebvh } from "../../src/webvh/write.ts"
import { AT, after, createdBy, documentOf, keyOf } from "./logs.ts"

// Its declarations import without file names, so none of its types arrives here: these are what it takes.
type Entry = Readonly<Record<string, unknown>>
type DIDLog = ReadonlyArray<Entry>
interface Signing {
  readonly document: unknown
  readonly proof: Entry
}

const SPKI = Buffer.from("302a300506032b6570032100", "hex")

const verifier = {
  verify: async (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): Promise<boolean> => {
    const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: "der", type: "spki" })
    return verify(null, message, key, signature)
  },
}

const signer = (key: KeyObject) => ({
  getVerificationMethodId: () => `did:key:${multikeyOfKey(key)}#${multikeyOfKey(key)}`,
  sign: async ({ document, proof }: Signing): Promise<{ readonly proofValue: string }> => {
    const input = await prepareDataForSigning(document, proof)
    return { proofValue: multibaseEncode(sign(null, input, key), MultibaseEncoding.BASE58_BTC) }
  },
})

const entriesOf = (log: string): DIDLog =>
  log
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Entry)
const textOf = (log: DIDLog): string => log.map((entry) => `${JSON.stringify(entry)}\n`).join("")

const ours = (did: string, log: string, witness: string | null = null) =>
  verifyWebvh({ did, log: Buffer.from(log), witness: witness === null ? null : Buffer.from(witness), at: AT })

/** Null: it accepts the log; else why not. */
const theirs = async (log: string, witness: string | null = null): Promise<string | null> => {
  const witnessProofs = witness === null ? undefined : (JSON.parse(witness) as ReadonlyArray<Entry>)
  try {
    const { meta } = await resolveDIDFromLog(entriesOf(log), { verifier, ...(witnessProofs && { witnessProofs }) })
    return meta.error ?? null
  } catch (cause) {
    return (cause as Error).message
  }
}

const methodOf = (key: KeyObject) => ({
  type: "Multikey",
  publicKeyMultibase: encodeDidKey(publicKeyOf(key)).slice("did:key:".length),
  purpose: "assertionMethod" as const,
})

describe("what didwebvh-ts makes", () => {
  it("holds here: creation, update with another key, deactivation", async () => {
    const made = await createDID({
      domain: "id.example.com",
      signer: signer(keyOf(1)),
      verifier,
      updateKeys: [multikeyOfKey(keyOf(1))],
      verificationMethods: [methodOf(keyOf(9))],
      created: new Date(after(0)).toISOString(),
    })
    expect(ours(made.did, textOf(made.log))).toMatchObject({ deactivated: false })
    const next = await updateDID({
      log: made.log,
      signer: signer(keyOf(1)),
      verifier,
      updateKeys: [multikeyOfKey(keyOf(2))],
      verificationMethods: [methodOf(keyOf(8))],
      updated: new Date(after(60)).toISOString(),
    })
    const found = ours(made.did, textOf(next.log))
    if ("reason" in found) throw new Error(found.detail)
    expect(found.versions.at(-1)!.versionId).toBe(next.meta.versionId)
    const ended = await deactivateDID({ log: next.log, signer: signer(keyOf(2)), verifier })
    expect(
      verifyWebvh({ did: made.did, log: Buffer.from(textOf(ended.log)), witness: null, at: Date.now() }),
    ).toMatchObject({
      deactivated: true,
    })
  })

  it("holds here with pre-rotation from the beginning", async () => {
    const made = await createDID({
      domain: "id.example.com",
      signer: signer(keyOf(1)),
      verifier,
      updateKeys: [multikeyOfKey(keyOf(1))],
      nextKeyHashes: [commitTo(keyOf(2))],
      verificationMethods: [methodOf(keyOf(9))],
      created: new Date(after(0)).toISOString(),
    })
    const state = made.log[0].state as JsonObject
    const next = appendWebvh(textOf(made.log), {
      time: after(60),
      parameters: { updateKeys: [multikeyOfKey(keyOf(2))], nextKeyHashes: [] },
      state,
      key: keyOf(2),
    })
    expect(ours(made.did, next)).not.toHaveProperty("reason")
    expect(await theirs(next)).toBe(null)
  })
})

describe("what is made here", () => {
  it("holds for didwebvh-ts: updates, pre-rotation, moves, deactivation", async () => {
    const { did, log } = createdBy({ nextKeyHashes: [commitTo(keyOf(2))], portable: true })
    const state = documentOf(did, [keyOf(8), keyOf(7)])
    const rotated = appendWebvh(log, {
      time: after(60),
      parameters: { updateKeys: [multikeyOfKey(keyOf(2))], nextKeyHashes: [] },
      state,
      key: keyOf(2),
    })
    const to = did.replace("id.example.com", "new.example.com")
    const moved = appendWebvh(rotated, {
      time: after(90),
      parameters: {},
      state: { ...documentOf(to, [keyOf(8)]), alsoKnownAs: [did] },
      key: keyOf(2),
    })
    const ended = appendWebvh(moved, {
      time: after(120),
      parameters: { deactivated: true, updateKeys: [] },
      state: { ...documentOf(to, [keyOf(8)]), alsoKnownAs: [did] },
      key: keyOf(2),
    })
    for (const one of [log, rotated, moved, ended]) {
      expect(await theirs(one)).toBe(null)
      expect(ours(did, one)).not.toHaveProperty("reason")
    }
  })

  it("holds for didwebvh-ts with witnesses, and is refused by both without", async () => {
    const witnesses = [20, 21].map((n) => ({ id: `did:key:${multikeyOfKey(keyOf(n))}` }))
    const { did, log } = createdBy({ witness: { threshold: 2, witnesses } })
    const proofs = witnessWebvh(log, [keyOf(20), keyOf(21)], AT)
    expect(await theirs(log, proofs)).toBe(null)
    expect(ours(did, log, proofs)).not.toHaveProperty("reason")
    const few = witnessWebvh(log, [keyOf(20)], AT)
    expect(await theirs(log, few)).not.toBe(null)
    expect(ours(did, log, few)).toHaveProperty("reason")
  })

  it.each([
    ["a thief's update key", 66, {}],
    ["an update key that was not committed to", 1, { updateKeys: [multikeyOfKey(keyOf(1))], nextKeyHashes: [] }],
    ["updateKeys left out under pre-rotation", 2, {}],
    ["portable set later", 2, { updateKeys: [multikeyOfKey(keyOf(2))], nextKeyHashes: [], portable: true }],
  ])("is refused by both with %s", async (_, key, parameters) => {
    const { did, log } = createWebvh({
      time: after(0),
      parameters: { updateKeys: [multikeyOfKey(keyOf(1))], nextKeyHashes: [commitTo(keyOf(2))] },
      state: documentOf("did:webvh:{SCID}:id.example.com", [keyOf(9)]),
      key: keyOf(1),
    })
    const next = appendWebvh(log, { time: after(60), parameters, state: documentOf(did, [keyOf(9)]), key: keyOf(key) })
    expect(ours(did, next)).toHaveProperty("reason")
    expect(await theirs(next)).not.toBe(null)
  })
})

it("writes base58 as it does", () => {
  const bytes = Uint8Array.from([0, 0, 1, 2, 255])
  expect(Buffer.from(decodeBase58(multibaseEncode(bytes, MultibaseEncoding.BASE58_BTC).slice(1))!)).toEqual(
    Buffer.from(bytes),
  )
})
