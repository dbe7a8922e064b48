/**
 * What a layer measured of the next one, as Open Profile for DICE has it in a certificate (Google's Open DICE, "X.509 UDS and CDI
 * certificates"): hashes of its code, its configuration and the authority that approved it, and the mode of the device.
 */
import { createHash } from "node:crypto"
import { DerError, DerReader, smallOf, TAG } from "../x509/der.ts"
import type { TcbInfo } from "./tcb-info.ts"

export const OPEN_DICE = "1.3.6.1.4.1.11129.2.1.24"

const ENUMERATED = 0x0a
const UTF8 = 0x0c
/** Explicit tags of the members, and what is in each. */
const MEMBERS: ReadonlyMap<number, number> = new Map([
  [0xa0, TAG.octets],
  [0xa1, TAG.octets],
  [0xa2, TAG.octets],
  [0xa3, TAG.octets],
  [0xa4, TAG.octets],
  [0xa5, TAG.octets],
  [0xa6, ENUMERATED],
  [0xa7, UTF8],
])
const MEMBER = { code: 0xa0, configurationHash: 0xa2, configuration: 0xa3, authority: 0xa4, mode: 0xa6 } as const
const HASH_SIZES: ReadonlySet<number> = new Set([32, 48, 64])
const NORMAL = 1
/** Of a mode that is none of these the profile says: as not configured. */
const FLAG_OF: Readonly<Record<number, TcbInfo["flags"][number]>> = { 2: "debug", 3: "recovery" }

const hashOf = (body: Uint8Array): Uint8Array => {
  if (!HASH_SIZES.has(body.length)) throw new DerError(`a hash of ${body.length} bytes`)
  return body
}

/**
 * The same as a TcbInfo says: what was measured, and whether the layer is open for others. A configuration without a hash of its own is
 * hashed here: it is a value of up to 64 bytes, of which no part may be left out.
 * @param value of the extension OPEN_DICE. @throws DerError
 */
export const readOpenDice = (value: Uint8Array): TcbInfo => {
  const reader = new DerReader(value)
  const from = reader.inside(TAG.sequence)
  reader.end()
  const found = new Map<number, Uint8Array>()
  let before = 0
  while (!from.isAtEnd) {
    const { tag, body } = from.next()
    const inner = MEMBERS.get(tag)
    if (inner === undefined || tag < before) throw new DerError("members of an Open DICE input out of order")
    before = tag + 1
    const one = new DerReader(body)
    found.set(tag, one.next(inner).body)
    one.end()
  }
  const [code, authority, mode] = [MEMBER.code, MEMBER.authority, MEMBER.mode].map((tag) => found.get(tag))
  if (code === undefined) throw new DerError("an Open DICE input without the hash of the code")
  const configurationHash = found.get(MEMBER.configurationHash)
  const configuration = found.get(MEMBER.configuration)
  const fwids = [
    hashOf(code),
    ...(configurationHash === undefined ? [] : [hashOf(configurationHash)]),
    ...(configurationHash === undefined && configuration !== undefined
      ? [createHash("sha256").update(configuration).digest()]
      : []),
    ...(authority === undefined ? [] : [hashOf(authority)]),
  ]
  const stated = mode === undefined ? 0 : smallOf(mode)
  const flags = stated === NORMAL ? [] : [FLAG_OF[stated] ?? "notConfigured"]
  return { svn: null, layer: null, fwids, flags, deviceKey: null }
}
