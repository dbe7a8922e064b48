/** TcbInfo of a DICE certificate (TCG DICE Attestation Architecture, section 6.1): what a layer measured of the next one. */
import { DerError, DerReader, oidOf, smallOf, TAG } from "../x509/der.ts"

export const TCB_INFO = "2.23.133.5.4.1"
export const MULTI_TCB_INFO = "2.23.133.5.4.5"
const MAX_INFOS = 16
const MAX_FWIDS = 16

/** Hashes of firmware that are taken, and their sizes. */
const HASHES: Readonly<Record<string, number>> = {
  "2.16.840.1.101.3.4.2.1": 32,
  "2.16.840.1.101.3.4.2.2": 48,
  "2.16.840.1.101.3.4.2.3": 64,
}

/** Implicit tags of the members. */
const MEMBER = { svn: 0x83, layer: 0x84, fwids: 0xa6, flags: 0x87 } as const
const FLAGS = ["notConfigured", "notSecure", "recovery", "debug"] as const

export interface TcbInfo {
  readonly svn: number | null
  readonly layer: number | null
  /** Digests of firmware. */
  readonly fwids: ReadonlyArray<Uint8Array>
  /** Those that are set. */
  readonly flags: ReadonlyArray<(typeof FLAGS)[number]>
  /** SubjectPublicKeyInfo of the device, where it is named: who certifies the layer has this key. */
  readonly deviceKey: Uint8Array | null
}

const readFwid = (from: DerReader): Uint8Array => {
  const one = from.inside(TAG.sequence)
  const hash = oidOf(one.next(TAG.oid).body)
  const { body: digest } = one.next(TAG.octets)
  one.end()
  if (!Object.hasOwn(HASHES, hash) || HASHES[hash] !== digest.length)
    throw new DerError(`a firmware id by the hash ${hash}`)
  return digest
}

const readFwids = (body: Uint8Array): ReadonlyArray<Uint8Array> => {
  const from = new DerReader(body)
  const found: Array<Uint8Array> = []
  while (!from.isAtEnd) if (found.push(readFwid(from)) > MAX_FWIDS) throw new DerError("too many firmware ids")
  return found
}

const readFlags = (body: Uint8Array): TcbInfo["flags"] => {
  if (body.length < 1 || body.length > 5 || body[0]! > 7) throw new DerError("flags that are no bits")
  const bits = body[1] ?? 0
  return FLAGS.filter((_, n) => (bits >> (7 - n)) & 1)
}

const readInfo = (from: DerReader): TcbInfo => {
  let [svn, layer]: [number | null, number | null] = [null, null]
  let fwids: TcbInfo["fwids"] = []
  let flags: TcbInfo["flags"] = []
  let before = 0
  while (!from.isAtEnd) {
    const { tag, body } = from.next()
    const number = tag & 0x1f
    if ((tag & 0xc0) !== 0x80 || number < before) throw new DerError("members of a TcbInfo out of order")
    before = number + 1
    if (tag === MEMBER.svn) svn = smallOf(body)
    else if (tag === MEMBER.layer) layer = smallOf(body)
    else if (tag === MEMBER.fwids) fwids = readFwids(body)
    else if (tag === MEMBER.flags) flags = readFlags(body)
  }
  return { svn, layer, fwids, flags, deviceKey: null }
}

/**
 * What devices of before write under the same name (TCG, Implicit Identity Based Device Attestation, section 7): a version, the key of
 * the device, and one firmware id.
 */
const readComposite = (from: DerReader): TcbInfo => {
  if (smallOf(from.next(TAG.integer).body) !== 1) throw new DerError("a composite device id of another version")
  const deviceKey = from.next(TAG.sequence).whole
  const fwids = [readFwid(from)]
  from.end()
  return { svn: null, layer: null, fwids, flags: [], deviceKey }
}

/** @param value of the extension TCB_INFO. @throws DerError */
export const readTcbInfo = (value: Uint8Array): TcbInfo => {
  const reader = new DerReader(value)
  const from = reader.inside(TAG.sequence)
  reader.end()
  return from.tag === TAG.integer ? readComposite(from) : readInfo(from)
}

/** @param value of the extension MULTI_TCB_INFO. @throws DerError */
export const readMultiTcbInfo = (value: Uint8Array): ReadonlyArray<TcbInfo> => {
  const reader = new DerReader(value)
  const from = reader.inside(TAG.sequence)
  reader.end()
  const found: Array<TcbInfo> = []
  while (!from.isAtEnd)
    if (found.push(readInfo(from.inside(TAG.sequence))) > MAX_INFOS) throw new DerError("too many TcbInfos")
  return found
}
