/**
 * The document of a did:ethr, from what its registry (ERC-1056) says of it: every change of owner, delegates and attributes since the
 * beginning, in the order of the chain ("Enumerating Contract Events to build the DID Document"). Pure: no node is asked. That these
 * are all changes, nothing here proves: those who asked a node vouch for it.
 *
 * Addresses (the owner, delegates) sign with secp256k1 recovery, which no message here does. Keys are attributes:
 * `did/pub/Ed25519/(veriKey|sigAuth)/...` with the 32 bytes of the key, and `did/pub/Multikey/(veriKey|sigAuth)` of Ed25519 or P-256.
 */
import { decodeP256, encodeBase58, resolveDeviceKey } from "@assay/did"
import { isObject, type Json, parseStrictObject } from "@assay/jose"
import { type DocumentKey, MAX_KEYS } from "../document/keys.ts"
import { broken, type DocumentFailure } from "../failure.ts"
import { digestOf } from "../multihash.ts"
import { MAX_DOCUMENT_BYTES } from "../web/verify.ts"
import { parseEthr } from "./name.ts"

/** A change, as an event of the registry has it. Hex begins with `0x`, in lower case; `validTo` in seconds since 1970, decimal. */
export type EthrChange =
  | { readonly block: number; readonly kind: "owner"; readonly owner: string }
  | {
      readonly block: number
      readonly kind: "delegate"
      /** bytes32. */
      readonly type: string
      readonly delegate: string
      readonly validTo: string
    }
  | {
      readonly block: number
      readonly kind: "attribute"
      /** bytes32. */
      readonly name: string
      readonly value: string
      readonly validTo: string
    }

/** What a registry says of one address, oldest first. */
export interface EthrHistory {
  readonly chain: number
  /** Its address. */
  readonly registry: string
  readonly changes: ReadonlyArray<EthrChange>
}

export interface EthrDocument {
  readonly network: string
  readonly chain: number
  readonly registry: string
  /** Its owner is nobody. */
  readonly deactivated: boolean
  readonly keys: ReadonlyArray<DocumentKey>
  /** SHA-256 of the history as it was given. */
  readonly digest: Uint8Array
}

/** Changes of one address. */
export const MAX_CHANGES = 512

const ADDRESS = /^0x[0-9a-f]{40}$/
const WORD = /^0x[0-9a-f]{64}$/
const BYTES = /^0x(?:[0-9a-f]{2}){0,2048}$/
const UINT = /^(?:0|[1-9]\d{0,77})$/
const NOBODY = `0x${"0".repeat(40)}`
/** Ends are kept in 48 bits: what lies beyond has none. */
const MAX_END = 2n ** 48n - 1n

const bad = (detail: string): DocumentFailure => broken("log", detail)

const isText = (value: Json | undefined, form: RegExp): value is string => typeof value === "string" && form.test(value)

const MEMBERS = {
  owner: { owner: ADDRESS },
  delegate: { type: WORD, delegate: ADDRESS, validTo: UINT },
  attribute: { name: WORD, value: BYTES, validTo: UINT },
} as const

const changeIn = (value: Json, after: number): EthrChange | DocumentFailure => {
  if (!isObject(value)) return bad("a change is no object")
  const { block, kind } = value
  if (typeof block !== "number" || !Number.isSafeInteger(block) || block < after)
    return bad("blocks of changes do not rise")
  if (kind !== "owner" && kind !== "delegate" && kind !== "attribute") return bad("a change of a kind that is unknown")
  const members = Object.entries(MEMBERS[kind])
  if (Object.keys(value).length !== members.length + 2) return bad("a change has other members")
  const odd = members.find(([name, form]) => !isText(value[name], form))
  return odd === undefined ? (value as unknown as EthrChange) : bad(`${odd[0]} of a change is none`)
}

const historyIn = (bytes: Uint8Array): EthrHistory | DocumentFailure => {
  if (bytes.length > MAX_DOCUMENT_BYTES) return bad(`the history has more than ${MAX_DOCUMENT_BYTES} bytes`)
  const json = parseStrictObject(bytes)
  if ("reason" in json) return bad(json.detail)
  const { chain, registry, changes } = json.value
  if (Object.keys(json.value).length !== 3 || typeof chain !== "number" || !isText(registry, ADDRESS))
    return bad("a history has chain, registry and changes")
  if (!Array.isArray(changes) || changes.length > MAX_CHANGES) return bad(`more than ${MAX_CHANGES} changes`)
  const read: Array<EthrChange> = []
  for (const value of changes) {
    const change = changeIn(value as Json, read.at(-1)?.block ?? 0)
    if ("reason" in change) return change
    read.push(change)
  }
  return { chain, registry, changes: read }
}

/** Whether published bytes are a history, and no document. */
export const isEthrHistory = (did: string, bytes: Uint8Array): boolean => {
  if (parseEthr(did) === null) return false
  const json = parseStrictObject(bytes)
  return !("reason" in json) && "changes" in json.value
}

const textOf = (word: string): string => Buffer.from(word.slice(2), "hex").toString("latin1").replace(/\0+$/, "")

const KEY = /^did\/pub\/(Ed25519|Multikey)\/(veriKey|sigAuth)(?:\/\w+)?$/
/** What is counted for the names of keys: every change of a delegate, and of an attribute that is a key. */
const COUNTED = /^did\/pub\//
/** Multicodec of an Ed25519 public key, before its 32 bytes. */
const ED25519 = Buffer.from([0xed, 0x01])

const keyIn = (form: string, value: Buffer): Pick<DocumentKey, "alg" | "publicKey"> | null => {
  const bytes = form === "Ed25519" ? Buffer.concat([ED25519, value]) : value
  const key = resolveDeviceKey(`did:key:z${encodeBase58(bytes)}`)
  if ("reason" in key) return null
  const publicKey = key.alg === "ES256" ? decodeP256(key.publicKey) : key.publicKey
  return publicKey === null ? null : { alg: key.alg, publicKey }
}

/** The end of what counts up to and with a second; null: none. */
const endOf = (validTo: string): number | null => {
  const end = (BigInt(validTo) + 1n) * 1_000n
  return end > MAX_END ? null : Number(end)
}

/**
 * The keys that the changes come to.
 * @param at when it was seen, milliseconds since 1970: keys that had ended by then are left out
 */
const keysAfter = (changes: ReadonlyArray<EthrChange>, at: number): ReadonlyArray<DocumentKey> => {
  const keys = new Map<string, DocumentKey>()
  let count = 0
  for (const change of changes) {
    if (change.kind === "delegate") count++
    if (change.kind !== "attribute") continue
    const name = textOf(change.name)
    if (COUNTED.test(name)) count++
    const [, form, use] = KEY.exec(name) ?? []
    if (form === undefined) continue
    // It is taken back by the same name and value with another end.
    const slot = `${change.name} ${change.value}`
    keys.delete(slot)
    const key = change.validTo === "0" ? null : keyIn(form, Buffer.from(change.value.slice(2), "hex"))
    const until = endOf(change.validTo)
    if (key === null || (until !== null && until <= at)) continue
    keys.set(slot, { ...key, fragment: `delegate-${count}`, assertion: true, authentication: use === "sigAuth", until })
  }
  return [...keys.values()]
}

/** The document that a history comes to, or what is wrong with it. Never throws. @param at when it was seen, milliseconds since 1970 */
export const verifyEthr = (did: string, bytes: Uint8Array, at: number): EthrDocument | DocumentFailure => {
  const name = parseEthr(did)
  if (name === null) return broken("did", "it is no did:ethr of an address")
  const history = historyIn(bytes)
  if ("reason" in history) return history
  const { chain, registry, changes } = history
  const ended = changes.findIndex((change) => change.kind === "owner" && change.owner === NOBODY)
  const keys = ended >= 0 ? [] : keysAfter(changes, at)
  if (keys.length > MAX_KEYS)
    return broken("document", `it names ${keys.length} keys that may sign: at most ${MAX_KEYS}`)
  return { network: name.network, chain, registry, deactivated: ended >= 0, keys, digest: digestOf(bytes) }
}
