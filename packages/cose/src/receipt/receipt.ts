/**
 * Receipts of inclusion (RFC 9942 section 5.2) in a tree of RFC 9162: a COSE_Sign1 over the tree's root, which it does not carry.
 *
 *   18([ <<{1: alg, 4: kid, 15: {1: iss}, 395: 1}>>, {396: {-1: [<<[tree size, leaf index, [path]]>>]}}, nil, signature ])
 *
 * 395 names the structure (1: RFC9162_SHA256), 396 holds its proofs, 15 the claims of the log's issuer (RFC 9597), as SCITT asks for
 * (RFC 9943). Who verifies one computes the root from the entry and the path; the signature is over that.
 */
import type { Algorithm } from "@assay/did"
import { decodeCbor, isCborFailure } from "../cbor/decode.ts"
import { encodeCbor } from "../cbor/encode.ts"
import { type Cbor, isArray, isBytes, isMap } from "../cbor/value.ts"
import { SIGN1_TAG, type Sign1Failure, signingInputOf } from "../sign1/parse.ts"

const [ALG, KID, CLAIMS, VDS, VDP] = [1, 4, 15, 395, 396]
const ISSUER = 1
const RFC9162_SHA256 = 1
const INCLUSION = -1
const HASH_BYTES = 32
const MAX_PATH = 64
/** A path of 64 hashes, a kid and an issuer fit well. */
const MAX_BYTES = 16 * 1024

const ALGS = new Map<Cbor | undefined, Algorithm>([
  [-19, "Ed25519"],
  [-8, "Ed25519"],
  [-9, "ES256"],
  [-7, "ES256"],
])

/** Where a leaf is in a tree. */
export interface ReceiptProof {
  /** Leaves of the tree. */
  readonly size: number
  readonly index: number
  /** The siblings from the leaf up to the root. */
  readonly path: ReadonlyArray<Uint8Array>
}

export interface Receipt extends ReceiptProof {
  readonly alg: Algorithm
  /** As it stands, or null. It chooses no key: whose log it is, the reader knows. */
  readonly kid: Uint8Array | null
  /** Who issued it, as it says, or null. */
  readonly issuer: string | null
  /** 64 bytes. */
  readonly signature: Uint8Array
  /** What the signature covers, for the root that the entry and the path lead to. */
  signingInput(root: Uint8Array): Buffer
}

const fail = (detail: string): Sign1Failure => ({ reason: "malformed_cose", detail })
const isCount = (value: Cbor | undefined): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const proofIn = (unprotected: Cbor): ReceiptProof | Sign1Failure => {
  const proofs = isMap(unprotected) && unprotected.size === 1 ? unprotected.get(VDP) : undefined
  const inclusion = proofs !== undefined && isMap(proofs) && proofs.size === 1 ? proofs.get(INCLUSION) : undefined
  if (inclusion === undefined || !isArray(inclusion) || inclusion.length !== 1)
    return fail("the unprotected header is not one proof of inclusion (396: {-1: [proof]})")
  const [bytes] = inclusion
  if (bytes === undefined || !isBytes(bytes)) return fail("the proof is no byte string")
  const proof = decodeCbor(bytes, "definite")
  if (isCborFailure(proof)) return fail(`the proof: ${proof.detail}`)
  if (!isArray(proof) || proof.length !== 3) return fail("the proof is not tree size, leaf index and path")
  const [size, index, path] = proof
  if (!isCount(size) || !isCount(index) || index >= size) return fail("the proof names no leaf of its tree")
  if (path === undefined || !isArray(path) || path.length > MAX_PATH) return fail("the path is no list of hashes")
  const hashes: Array<Uint8Array> = []
  for (const hash of path) {
    if (!isBytes(hash) || hash.length !== HASH_BYTES) return fail("a hash of the path has not 32 bytes")
    hashes.push(hash)
  }
  return { size, index, path: hashes }
}

const headerIn = (bytes: Uint8Array): Pick<Receipt, "alg" | "kid" | "issuer"> | Sign1Failure => {
  const header = decodeCbor(bytes, "definite")
  if (isCborFailure(header)) return fail(`protected header: ${header.detail}`)
  if (!isMap(header)) return fail("the protected header is no map")
  for (const label of header.keys())
    if (label !== ALG && label !== KID && label !== CLAIMS && label !== VDS)
      return { reason: "header_refused", detail: `the header carries ${JSON.stringify(label).slice(0, 64)}` }
  if (header.get(VDS) !== RFC9162_SHA256) return fail("395 is not 1 (RFC9162_SHA256)")
  const alg = ALGS.get(header.get(ALG))
  if (alg === undefined)
    return { reason: "alg_refused", detail: "alg is none of -19 (Ed25519), -8 (EdDSA), -9 (ESP256), -7 (ES256)" }
  const [kid, claims] = [header.get(KID), header.get(CLAIMS)]
  if (kid !== undefined && !isBytes(kid)) return fail("kid is no byte string")
  if (claims !== undefined && !isMap(claims)) return fail("the claims (15) are no map")
  const issuer = claims?.get(ISSUER)
  if (issuer !== undefined && typeof issuer !== "string") return fail("the issuer is no text")
  return { alg, kid: kid ?? null, issuer: issuer ?? null }
}

/** The parts of a receipt, not verified yet, or the first thing wrong with it. Never throws. */
export const parseReceipt = (bytes: Uint8Array): Receipt | Sign1Failure => {
  if (bytes.length > MAX_BYTES) return { reason: "too_large", detail: `larger than ${MAX_BYTES} bytes` }
  if (bytes[0] !== SIGN1_TAG) return fail("it does not begin with the tag of a COSE_Sign1 (d2)")
  const parts = decodeCbor(bytes.subarray(1), "definite")
  if (isCborFailure(parts)) return fail(`behind the tag: ${parts.detail}`)
  if (!isArray(parts) || parts.length !== 4) return fail("it is not an array of four")
  const [header, unprotected, payload, signature] = parts
  if (header === undefined || !isBytes(header)) return fail("the protected header is no byte string")
  if (payload !== null) return fail("the payload is there: a receipt's is the root, which is computed")
  if (signature === undefined || !isBytes(signature) || signature.length !== 64)
    return fail("the signature does not have 64 bytes")
  const named = headerIn(header)
  if ("reason" in named) return named
  const proof = proofIn(unprotected!)
  if ("reason" in proof) return proof
  return { ...named, ...proof, signature, signingInput: (root) => signingInputOf(header, root) }
}

/**
 * A receipt by the log's key.
 * @param root of the tree
 * @throws what the signer throws
 */
export const signReceipt = async (
  { size, index, path }: ReceiptProof,
  root: Uint8Array,
  key: { readonly alg: Algorithm; sign(data: Uint8Array): Promise<Uint8Array> },
  { kid, issuer }: { readonly kid: Uint8Array; readonly issuer: string },
): Promise<Buffer> => {
  const header = encodeCbor(
    new Map<number, number | Uint8Array | Map<number, string>>([
      [ALG, key.alg === "Ed25519" ? -19 : -9],
      [KID, kid],
      [CLAIMS, new Map([[ISSUER, issuer]])],
      [VDS, RFC9162_SHA256],
    ]),
  )
  const proof = encodeCbor([size, index, [...path]])
  const unprotected = new Map([[VDP, new Map([[INCLUSION, [proof]]])]])
  const signature = await key.sign(signingInputOf(header, root))
  return Buffer.concat([Buffer.of(SIGN1_TAG), encodeCbor([header, unprotected, null, signature])])
}
