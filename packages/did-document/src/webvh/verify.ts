/**
 * A did:webvh 1.0 log, verified entry by entry ("Read (Resolve)"): versions, hash chain, SCID, times, parameters, pre-rotation,
 * proofs, portability, deactivation, then witnesses. Pure; nothing is skipped for entries that were superseded.
 */
import { isObject, type JsonObject, parseStrictObject } from "@assay/jose"
import { timeOf } from "../document/keys.ts"
import { broken, type DocumentFailure } from "../failure.ts"
import { signerOfProof } from "../integrity/eddsa-jcs-2022.ts"
import { canonical } from "../jcs.ts"
import { locate } from "../location.ts"
import { decodeMultihash, hashOfText } from "../multihash.ts"
import { type Parameters, parametersAfter } from "./parameters.ts"
import { type ToWitness, whyNotWitnessed } from "./witness.ts"

/** Bytes of `did.jsonl`: some 180 entries. */
export const MAX_LOG_BYTES = 256 * 1024
/** Proofs of one entry. */
const MAX_PROOFS = 4
/** How far `versionTime` may lie ahead of the clock of whoever looks, as the method has it at most. */
const MAX_AHEAD_MS = 300_000

export interface WebvhLog {
  readonly did: string
  /** did.jsonl. */
  readonly log: Uint8Array
  /** did-witness.json; null where there is none. */
  readonly witness: Uint8Array | null
  /** When it was fetched, milliseconds since 1970. */
  readonly at: number
}

export interface WebvhVersion {
  /** `NUMBER-HASH`. */
  readonly versionId: string
  /** From 1. */
  readonly number: number
  /** SHA-256 in the `versionId`. */
  readonly digest: Uint8Array
  /** Milliseconds since 1970. */
  readonly time: number
}

export interface WebvhDocument {
  readonly versions: ReadonlyArray<WebvhVersion>
  /** Of the last version. */
  readonly document: JsonObject
  readonly deactivated: boolean
  /** The next version needs more than the present update keys: keys that this one commits to, or witnesses. */
  readonly isGuarded: boolean
  /** Every DID that it has been published under, the present one last. */
  readonly names: ReadonlyArray<string>
}

interface Entry {
  readonly versionId: string
  readonly time: number
  readonly parameters: Parameters
  readonly state: JsonObject
}

/** The document that a log comes to, or the first rule that it breaks. Never throws; one signature check for each proof. */
export const verifyWebvh = ({ did, log, witness, at }: WebvhLog): WebvhDocument | DocumentFailure => {
  const location = locate(did)
  if ("reason" in location) return location
  if (location.method !== "webvh") return broken("did", "it is no did:webvh")
  const entries = entriesOf(log, location.scid, at)
  if ("reason" in entries) return entries
  const names = [...new Set(entries.map(({ state }) => state["id"] as string))]
  if (!names.includes(did)) return broken("log", `no version is published under ${did}`)
  const versionIds = entries.map(({ versionId }) => versionId)
  const flaw = whyNotWitnessed(witness, versionIds, toWitness(entries))
  if (flaw !== null) return flaw
  const last = entries.at(-1)!
  return {
    versions: entries.map(({ versionId, time }, n) => ({
      versionId,
      number: n + 1,
      digest: decodeMultihash(hashIn(versionId))!,
      time,
    })),
    document: last.state,
    deactivated: last.parameters.deactivated,
    isGuarded: last.parameters.nextKeyHashes.length > 0 || last.parameters.witness !== null,
    names: [...names.filter((name) => name !== last.state["id"]), last.state["id"] as string],
  }
}

const hashIn = (versionId: string): string => versionId.slice(versionId.indexOf("-") + 1)

/** Witnesses that an entry names approve what comes after it; those of the first, or after none, also the entry itself. */
const toWitness = (entries: ReadonlyArray<Entry>): ReadonlyArray<ToWitness> =>
  entries.flatMap(({ parameters }, n) => {
    const before = n === 0 ? null : entries[n - 1]!.parameters.witness
    const witness = before ?? parameters.witness
    return witness === null ? [] : [{ number: n + 1, witness }]
  })

const NEWLINE = 0x0a

const linesOf = (log: Uint8Array): ReadonlyArray<Uint8Array> => {
  const lines: Array<Uint8Array> = []
  for (let from = 0; from < log.length; ) {
    const found = log.indexOf(NEWLINE, from)
    const end = found < 0 ? log.length : found
    if (end > from) lines.push(log.subarray(from, end))
    from = end + 1
  }
  return lines
}

const entriesOf = (log: Uint8Array, scid: string, at: number): ReadonlyArray<Entry> | DocumentFailure => {
  if (log.length > MAX_LOG_BYTES) return broken("log", `the log has more than ${MAX_LOG_BYTES} bytes`)
  const lines = linesOf(log)
  if (lines.length === 0) return broken("log", "the log is empty")
  const entries: Array<Entry> = []
  for (const [index, line] of lines.entries()) {
    const entry = entryOf(line, entries.at(-1) ?? null, index + 1, scid)
    const flaw = "reason" in entry ? entry : entry.time > at + MAX_AHEAD_MS ? AHEAD : null
    if (flaw !== null) return broken(flaw.reason, `version ${index + 1}: ${flaw.detail}`)
    entries.push(entry as Entry)
  }
  return entries
}

const AHEAD = broken("time", "versionTime lies in the future")

const MEMBERS = ["versionId", "versionTime", "parameters", "state", "proof"]

const entryOf = (line: Uint8Array, before: Entry | null, number: number, scid: string): Entry | DocumentFailure => {
  const json = parseStrictObject(line)
  if ("reason" in json) return broken("log", json.detail)
  const { value } = json
  if (Object.keys(value).some((name) => !MEMBERS.includes(name)))
    return broken("log", "it has a member that is unknown")
  const { versionId, versionTime, state } = value
  const time = timeOf(versionTime)
  if (time === null) return broken("time", "versionTime is no time in UTC")
  if (before !== null && time <= before.time)
    return broken("time", "versionTime is not later than that of the one before")
  if (before?.parameters.deactivated) return broken("parameters", "the DID was deactivated before")
  const parameters = parametersAfter(value["parameters"], before?.parameters ?? null)
  if ("reason" in parameters) return parameters
  if (parameters.scid !== scid) return broken("scid", "scid is not that of the DID")
  const unproven = Object.fromEntries(Object.entries(value).filter(([name]) => name !== "proof"))
  const flaw =
    whyNotChained(unproven, number, before?.versionId ?? scid) ??
    (before === null ? whyOtherScid(unproven, scid) : null) ??
    whyOtherSubject(state, before, parameters) ??
    whyNotAuthorized(value, unproven, before?.parameters ?? null, parameters)
  if (flaw !== null) return flaw
  return { versionId: versionId as string, time, parameters, state: state as JsonObject }
}

/** "Verify The Entry Hash". */
const whyNotChained = (entry: JsonObject, number: number, previous: string): DocumentFailure | null => {
  const { versionId } = entry
  if (typeof versionId !== "string" || !versionId.startsWith(`${number}-`))
    return broken("hash", `versionId does not begin with ${number}-`)
  const hash = hashOfText(canonical({ ...entry, versionId: previous }))
  return versionId === `${number}-${hash}` ? null : broken("hash", "versionId does not hold the hash of the entry")
}

/** "Verify SCID": it is the hash of the first entry with a placeholder wherever it stands. */
const whyOtherScid = (entry: JsonObject, scid: string): DocumentFailure | null => {
  const text = canonical({ ...entry, versionId: "{SCID}" }).replaceAll(scid, "{SCID}")
  return hashOfText(text) === scid ? null : broken("scid", "the SCID is not the hash of the first entry")
}

/** Whose document it is: the same SCID for ever, and another place only where the DID is portable and says where it was. */
const whyOtherSubject = (
  state: JsonObject[string] | undefined,
  before: Entry | null,
  { scid, portable }: Parameters,
): DocumentFailure | null => {
  const id = isObject(state) ? state["id"] : undefined
  const location = typeof id === "string" ? locate(id) : null
  if (location === null || "reason" in location || location.method !== "webvh")
    return broken("document", "the id of the document is no did:webvh")
  if (location.scid !== scid) return broken("scid", "the id of the document has another SCID")
  const was = before?.state["id"]
  if (was === undefined || was === id) return null
  if (!portable) return broken("parameters", "it has another id, and the DID is not portable")
  const also = (state as JsonObject)["alsoKnownAs"]
  return Array.isArray(also) && also.includes(was) ? null : broken("document", `alsoKnownAs does not name ${was}`)
}

/** Signed by keys that the method lets sign here, and by none that was not committed to. */
const whyNotAuthorized = (
  { proof }: JsonObject,
  unproven: JsonObject,
  before: Parameters | null,
  now: Parameters,
): DocumentFailure | null => {
  const isCommitted = before !== null && before.nextKeyHashes.length > 0
  const stranger = isCommitted
    ? now.updateKeys.find((key) => !before.nextKeyHashes.includes(hashOfText(key)))
    : undefined
  if (stranger !== undefined) return broken("parameters", `nextKeyHashes before it does not commit to ${stranger}`)
  const active = before === null || isCommitted ? now.updateKeys : before.updateKeys
  const proofs = (Array.isArray(proof) ? proof : [proof]) as ReadonlyArray<JsonObject[string]>
  if (proof === undefined || proofs.length === 0 || proofs.length > MAX_PROOFS)
    return broken("proof", `it has no proof, or more than ${MAX_PROOFS}`)
  for (const one of proofs) {
    const signer = signerOfProof(one, unproven)
    if ("detail" in signer) return broken("proof", signer.detail)
    if (!active.includes(signer.multikey)) return broken("proof", `${signer.multikey} may not update the DID`)
  }
  return null
}
