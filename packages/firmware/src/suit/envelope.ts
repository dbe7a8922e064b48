/**
 * A SUIT envelope (RFC 9019 for the architecture; draft-ietf-suit-manifest, section 8.2): whose signature covers the digest of the
 * manifest. Severed members are only named by their digest, and are not looked at.
 *
 *   107({2: bstr [bstr [-16, digest], *bstr COSE_Sign1 with a detached payload], 3: bstr manifest, ...})
 */
import { createHash, type KeyObject } from "node:crypto"
import { type CborMap, encodeCbor, isArray, isBytes, isMap } from "@assay/cose"
import { FirmwareError } from "../error.ts"
import { decodeOf, readSign1 } from "../sign1.ts"

/** d8 6b */
const TAG = [0xd8, 0x6b] as const
const AUTHENTICATION = 2
const MANIFEST = 3
const SHA256 = -16
const MAX_BYTES = 1 << 20
const MAX_SIGNATURES = 16

const bad = (what: string): FirmwareError => new FirmwareError("firmware.malformed", what)

/** The SHA-256 of a SUIT_Digest. @throws FirmwareError for another algorithm */
export const digestIn = (bytes: Uint8Array, what: string): Buffer => {
  const found = decodeOf(bytes, what)
  if (!isArray(found) || found.length !== 2 || !isBytes(found[1])) throw bad(`${what} is no SUIT_Digest`)
  if (found[0] !== SHA256 || found[1].length !== 32)
    throw new FirmwareError("firmware.unsupported", `${what} is of another algorithm than SHA-256 (-16)`)
  return Buffer.from(found[1])
}

/**
 * The manifest, where one of the keys signed it.
 * @throws FirmwareError: `firmware.unsigned`, `firmware.digest_mismatch`, or what is wrong with its form
 */
export const openEnvelope = (file: Uint8Array, keys: ReadonlyArray<KeyObject>): CborMap => {
  if (file.length > MAX_BYTES) throw bad(`an envelope has at most ${MAX_BYTES} bytes`)
  const isTagged = file[0] === TAG[0] && file[1] === TAG[1]
  const envelope = decodeOf(isTagged ? file.subarray(TAG.length) : file, "the envelope")
  if (!isMap(envelope)) throw bad("a SUIT envelope is a map, with or without the tag 107")
  const [wrapper, manifest] = [envelope.get(AUTHENTICATION), envelope.get(MANIFEST)]
  if (!isBytes(wrapper) || !isBytes(manifest))
    throw bad("the envelope lacks its authentication wrapper (2) or its manifest (3)")
  const blocks = decodeOf(wrapper, "the authentication wrapper")
  if (!isArray(blocks) || blocks.length === 0 || blocks.length > 1 + MAX_SIGNATURES || !blocks.every(isBytes))
    throw bad("the authentication wrapper is no list of a digest and signatures")
  const [digest, ...signatures] = blocks as ReadonlyArray<Uint8Array>
  const signed = signatures.some((block) => readSign1(block, "a signature of the envelope").isSignedBy(keys, digest))
  if (!signed)
    throw new FirmwareError(
      "firmware.unsigned",
      `none of the ${keys.length} keys given signed the manifest; it has ${signatures.length} signatures`,
    )
  // The digest is that of the manifest with the head of its byte string.
  const computed = createHash("sha256").update(encodeCbor(manifest)).digest()
  if (!computed.equals(digestIn(digest!, "the digest of the manifest")))
    throw new FirmwareError("firmware.digest_mismatch", "the signature is over the digest of another manifest")
  const read = decodeOf(manifest, "the manifest")
  if (!isMap(read)) throw bad("the manifest is no map")
  return read
}
