/**
 * Where the documents of a DID are published: did:webvh 1.0, "The DID to HTTPS Transformation", and the did:web method
 * specification, section 3.2. A DID of a device has no percent-encoding (`parseDid`), so it names no port, and its path
 * segments stand as they are.
 */
import { parseDid } from "@assay/did"
import { broken, type DocumentFailure } from "./failure.ts"

/** `universal`: any other method, whose documents a Universal Resolver gives. */
export type DocumentMethod = "webvh" | "web" | "universal"

export interface Location {
  readonly method: DocumentMethod
  /** Of did:webvh; "" for did:web. */
  readonly scid: string
  /** A name of two labels or more, as it is written: what may be asked is not decided here. "" where a DID names none. */
  readonly host: string
  /** Of the document, or of the log; begins with a slash. "" where a DID names none. */
  readonly path: string
  /** Of the proofs of witnesses; null for all but did:webvh. */
  readonly witnessPath: string | null
}

const SCID = /^[1-9A-HJ-NP-Za-km-z]{46}$/
const HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/
/** Ends like an IPv4 address does in one of the forms that URL parsers read as one. */
const NUMERIC = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/

const KEYS_THEMSELVES: ReadonlySet<string> = new Set(["key", "jwk"])

const isSegment = (segment: string): boolean => segment !== "" && segment !== "." && segment !== ".."

/** Where to ask for the document of a DID, or why nobody can be asked. */
export const locate = (did: string): Location | DocumentFailure => {
  const parsed = parseDid(did)
  if (parsed === null) return broken("did", "not a plain DID: no port, path, query, fragment or percent-encoding")
  const { method, id } = parsed
  if (KEYS_THEMSELVES.has(method)) return broken("did", `did:${method} is its key: it has no document`)
  if (method !== "webvh" && method !== "web")
    return { method: "universal", scid: "", host: "", path: "", witnessPath: null }
  const parts = id.split(":")
  const scid = method === "webvh" ? parts.shift()! : ""
  if (method === "webvh" && !SCID.test(scid))
    return broken("did", "the SCID is not the 46 letters of a SHA-256 multihash")
  const [host = "", ...segments] = parts
  if (host.length > 253 || !HOST.test(host) || NUMERIC.test(host) || host.split(".").some(({ length }) => length > 63))
    return broken("did", `${JSON.stringify(host.slice(0, 64))} is no host name in lower case with two labels or more`)
  if (!segments.every(isSegment)) return broken("did", "a part of the path is empty, . or ..")
  const base = segments.length === 0 ? "/.well-known" : `/${segments.join("/")}`
  return method === "web"
    ? { method, scid, host, path: `${base}/did.json`, witnessPath: null }
    : { method, scid, host, path: `${base}/did.jsonl`, witnessPath: `${base}/did-witness.json` }
}

const DID = /^did:([a-z0-9]+):/

/** The method of a DID; null where the text is none. */
export const methodOf = (did: string): string | null => DID.exec(did)?.[1] ?? null

/** Whether the keys of this DID stand in a document: it carries none itself. Says nothing of whether it can be asked for. */
export const hasDocument = (did: string): boolean => {
  const method = methodOf(did)
  return method !== null && !KEYS_THEMSELVES.has(method)
}
