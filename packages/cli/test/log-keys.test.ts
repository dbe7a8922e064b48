/** Which keys count for a log, as the roots say it in the bundle. */
import { generateKeyPairSync } from "node:crypto"
import { encodeDidKey } from "@assay/did"
import { keySigner, signCheckpoint, type VerifierKey, verifierKey } from "@assay/transparency"
import type { LogKey } from "@assay/trust"
import { expect, it } from "vitest"
import { logKeysFor } from "../src/log-keys.ts"

const ORIGIN = "assay.local/audit/audit.events.v1/0/1"
const made = () => {
  const signer = keySigner(generateKeyPairSync("ed25519").privateKey)
  const did = encodeDidKey({ alg: "Ed25519", publicKey: signer.publicKey })
  return { signer, did, key: verifierKey(ORIGIN, signer.publicKey) }
}
const [old, next, other] = [made(), made(), made()]
const named = (did: string, retired = false): LogKey => ({ did, retired })
const head = { origin: ORIGIN, size: 0, root: Buffer.alloc(32) }
const ids = (keys: ReadonlyArray<VerifierKey>): ReadonlyArray<number> => keys.map(({ id }) => id)

it("a checkpoint of the new key is accepted where the bundle names both", async () => {
  const note = await signCheckpoint(head, next.signer)
  const { current, earlier } = logKeysFor([old.key], [named(old.did), named(next.did)], note)
  expect([current.id, ids(earlier)]).toEqual([next.key.id, [old.key.id]])
})

it("without a bundle only the given keys count, whichever of them signed", async () => {
  const note = await signCheckpoint(head, next.signer)
  expect(logKeysFor([old.key], null, note).current.id).toBe(old.key.id)
  expect(logKeysFor([old.key, next.key], null, note).current.id).toBe(next.key.id)
})

it("a retired key publishes nothing, though it was given, and counts for what it signed before", async () => {
  const note = await signCheckpoint(head, old.signer)
  const { current, earlier } = logKeysFor([old.key], [named(old.did, true), named(next.did)], note)
  expect([current.id, ids(earlier)]).toEqual([next.key.id, [old.key.id]])
})

it("the bundle of another log, and one that retires every key, are refused", () => {
  expect(() => logKeysFor([old.key], [named(other.did)], null)).toThrow("the bundle of another log")
  expect(() => logKeysFor([old.key], [named(old.did, true)], null)).toThrow("retires every key")
})
