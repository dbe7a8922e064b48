/**
 * Making a did:webvh 1.0 log: its first entry, later ones, and proofs of witnesses ("Create", "Update"). For tools and tests:
 * what it makes is what `verifyWebvh` reads.
 */
import { type KeyObject, sign } from "node:crypto"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { isObject, type Json, type JsonObject, parseStrictObject } from "@assay/jose"
import { prove } from "../integrity/eddsa-jcs-2022.ts"
import { canonical } from "../jcs.ts"
import { hashOfText } from "../multihash.ts"
import { METHOD } from "./parameters.ts"

const PLACEHOLDER = "{SCID}"

/** The multikey of an Ed25519 key. */
export const multikeyOfKey = (key: KeyObject): string => encodeDidKey(publicKeyOf(key)).slice("did:key:".length)

/** What `nextKeyHashes` names a multikey by that is not used yet. */
export const commitToMultikey = (multikey: string): string => hashOfText(multikey)

export const commitTo = (key: KeyObject): string => commitToMultikey(multikeyOfKey(key))

export interface NewEntry {
  /** When it is made, milliseconds since 1970; whole seconds are written. */
  readonly time: number
  /** Without `method` and `scid`. */
  readonly parameters: JsonObject
  /** The document. In the first entry `{SCID}` stands wherever the SCID will. */
  readonly state: JsonObject
  /** Ed25519, private: one of those that may update. */
  readonly key: KeyObject
}

const timeText = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`

const proofBy = (document: JsonObject, key: KeyObject, time: number): JsonObject =>
  prove(document, { multikey: multikeyOfKey(key), created: timeText(time), sign: (input) => sign(null, input, key) })

const signed = (entry: JsonObject, previous: string, number: number, { key, time }: NewEntry): JsonObject => {
  const versionId = `${number}-${hashOfText(canonical({ ...entry, versionId: previous }))}`
  const named = { ...entry, versionId }
  return { ...named, proof: [proofBy(named, key, time)] }
}

const lineOf = (entry: JsonObject): string => `${JSON.stringify(entry)}\n`

/** The first entry of a new DID. @returns the DID, and the text of did.jsonl */
export const createWebvh = (entry: NewEntry): { readonly did: string; readonly log: string } => {
  const { time, parameters, state } = entry
  const draft: JsonObject = {
    versionId: PLACEHOLDER,
    versionTime: timeText(time),
    parameters: { method: METHOD, scid: PLACEHOLDER, ...parameters },
    state,
  }
  const scid = hashOfText(canonical(draft))
  const filled = JSON.parse(JSON.stringify(draft).replaceAll(PLACEHOLDER, scid)) as JsonObject
  return { did: (filled["state"] as JsonObject)["id"] as string, log: lineOf(signed(filled, scid, 1, entry)) }
}

const lastOf = (log: string): { readonly versionId: string; readonly number: number } => {
  const lines = log.trimEnd().split("\n")
  const read = parseStrictObject(Buffer.from(lines.at(-1)!))
  const versionId: Json | undefined = "reason" in read || !isObject(read.value) ? undefined : read.value["versionId"]
  if (typeof versionId !== "string") throw new TypeError("the log has no last entry")
  return { versionId, number: lines.length }
}

/** The log with one more entry. @throws TypeError where it has none to follow */
export const appendWebvh = (log: string, entry: NewEntry): string => {
  const { versionId, number } = lastOf(log)
  const { time, parameters, state } = entry
  const draft = { versionId, versionTime: timeText(time), parameters, state }
  return log + lineOf(signed(draft, versionId, number + 1, entry))
}

/** The text of did-witness.json in which each key approves the log as it is. @param time ms since 1970 */
export const witnessWebvh = (log: string, keys: ReadonlyArray<KeyObject>, time: number): string => {
  const { versionId } = lastOf(log)
  return JSON.stringify([{ versionId, proof: keys.map((key) => proofBy({ versionId }, key, time)) }])
}
