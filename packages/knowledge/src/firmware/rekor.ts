/**
 * An entry of a Rekor log as the proof of a release: that somebody signed the release's digest with a key of the maker, and that this
 * stands where everybody can see it. Its text is the JSON form of a TransparencyLogEntry (sigstore protobuf-specs), as it stands in
 * a Sigstore bundle, with an entry `hashedrekord` of version 0.0.1 (Rekor 1) or 0.0.2 (Rekor 2, tile-based).
 *
 * The leaf is the canonicalized body, byte for byte. Inclusion and checkpoint are those of any other log: the entry is brought into
 * the form of a C2SP tlog-proof. The inclusion promise and the time are words of the log alone, and nothing is made of them.
 */
import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto"
import { createRequire } from "node:module"
import { parseStrict } from "@assay/jose"
import { hexSha256, integer, list, object, oneOf, optional, type Reader, text } from "@assay/jose/shape"
import { formatProof, NoteError, readCheckpoint } from "@assay/transparency"
import { readJson } from "../bodies/read-json.ts"

/** Of a proof beside a release, which has a bound of its own. */
const MAX_ENTRY = 1 << 16
/** Characters of base64 of a body: a signature and a certificate. */
const MAX_BODY = 12_288
/** Of a tree with 2^64 leaves. */
const MAX_HASHES = 64
const DIGEST_BYTES = 32

const base64Text = (max: number): Reader<string> => text(max, /^[A-Za-z0-9+/]+={0,2}$/, "base64")
/** Protobuf's JSON writes a 64-bit number as text, and leaves out one that is 0. */
const count: Reader<number> = (value, path, faults) => {
  if (typeof value === "string" && /^(0|[1-9][0-9]{0,15})$/.test(value)) return integer()(Number(value), path, faults)
  return integer()(value, path, faults)
}
const ignored: Reader<null> = () => null

const entryShape = object({
  logIndex: optional(count, 0),
  logId: optional(object({ keyId: base64Text(64) }), null),
  kindVersion: object({ kind: oneOf(["hashedrekord"]), version: oneOf(["0.0.1", "0.0.2"]) }),
  integratedTime: optional(count, 0),
  inclusionPromise: ignored,
  inclusionProof: object({
    logIndex: optional(count, 0),
    rootHash: base64Text(44),
    treeSize: count,
    hashes: optional(list(base64Text(44), MAX_HASHES), []),
    checkpoint: object({ envelope: text(8_192) }),
  }),
  canonicalizedBody: base64Text(MAX_BODY),
})

const version1 = object({
  apiVersion: oneOf(["0.0.1"]),
  kind: oneOf(["hashedrekord"]),
  spec: object({
    data: object({ hash: object({ algorithm: oneOf(["sha256"]), value: hexSha256 }) }),
    signature: object({ content: base64Text(1_024), publicKey: object({ content: base64Text(MAX_BODY) }) }),
  }),
})

const version2 = object({
  apiVersion: oneOf(["0.0.2"]),
  kind: oneOf(["hashedrekord"]),
  spec: object({
    hashedRekordV002: object({
      data: object({ algorithm: oneOf(["SHA2_256"]), digest: base64Text(44) }),
      signature: object({
        content: base64Text(1_024),
        verifier: object({
          keyDetails: oneOf(["PKIX_ECDSA_P256_SHA_256"]),
          publicKey: optional(object({ rawBytes: base64Text(512) }), null),
          x509Certificate: optional(object({ rawBytes: base64Text(MAX_BODY) }), null),
        }),
      }),
    }),
  }),
})

/** Who signed which digest, as the body of an entry says. */
interface Signed {
  readonly digest: Uint8Array
  /** ECDSA in DER. */
  readonly signature: Uint8Array
  readonly key: KeyObject
}

export interface RekorEntry {
  /** The body: the leaf of the log. */
  readonly body: Uint8Array
  /** C2SP tlog-proof of it. */
  readonly proof: string
  readonly signed: Signed
}

const refuse = (why: string): NoteError => new NoteError("proof", why)

const bytesOf = (base64: string): Buffer => Buffer.from(base64, "base64")

const readAs = <T>(bytes: Uint8Array, shape: Reader<T>, what: string): T => {
  const read = readJson(bytes, shape, MAX_ENTRY)
  if ("problem" in read) throw refuse(`${what}: ${read.problem}`)
  return read.body
}

/** The key of a public key or a certificate, in PEM or DER; of a certificate nothing else is looked at. */
const keyOf = (bytes: Buffer): KeyObject => {
  const isPem = bytes.toString("latin1").startsWith("-----BEGIN ")
  const attempts = [
    () => createPublicKey(isPem ? bytes : { key: bytes, format: "der", type: "spki" }),
    () => new X509Certificate(bytes).publicKey,
  ]
  for (const attempt of attempts)
    try {
      return attempt()
    } catch {
      // It is not of this form then.
    }
  throw refuse("the key of the Rekor entry is neither a public key nor a certificate")
}

const signedIn = (body: Uint8Array, version: "0.0.1" | "0.0.2"): Signed => {
  const what = `the body of the Rekor entry (hashedrekord ${version})`
  if (version === "0.0.1") {
    const { data, signature } = readAs(body, version1, what).spec
    const [digest, content] = [Buffer.from(data.hash.value, "hex"), bytesOf(signature.content)]
    return { digest, signature: content, key: keyOf(bytesOf(signature.publicKey.content)) }
  }
  const { data, signature } = readAs(body, version2, what).spec.hashedRekordV002
  const { publicKey, x509Certificate } = signature.verifier
  const given = publicKey ?? x509Certificate
  if (given === null || (publicKey !== null && x509Certificate !== null))
    throw refuse(`${what}: the verifier has not one public key or certificate`)
  return { digest: bytesOf(data.digest), signature: bytesOf(signature.content), key: keyOf(bytesOf(given.rawBytes)) }
}

/** Whether a proof is in this form, and not a tlog-proof. */
export const isRekorEntry = (proof: string): boolean => proof.startsWith("{")

/** @throws NoteError that says what is wrong with the entry */
export const parseRekorEntry = (json: string): RekorEntry => {
  const entry = readAs(Buffer.from(json), entryShape, "the Rekor entry")
  const { logIndex: index, rootHash, treeSize, hashes, checkpoint } = entry.inclusionProof
  const head = readCheckpoint(checkpoint.envelope)
  if (head.size !== treeSize || !bytesOf(rootHash).equals(Buffer.from(head.root)))
    throw refuse("the Rekor entry: its inclusion proof is of another tree than its checkpoint")
  const body = new Uint8Array(bytesOf(entry.canonicalizedBody))
  return {
    body,
    proof: formatProof({ index, hashes: hashes.map(bytesOf), checkpoint: checkpoint.envelope, extra: null }),
    signed: signedIn(body, entry.kindVersion.version),
  }
}

type P256 = typeof import("@noble/curves/nist")["p256"]
let loaded: P256 | null = null

/** Loaded with the first entry: every process reads knowledge, and few ever see one. */
const p256 = (): P256 => {
  loaded ??= (createRequire(import.meta.url)("@noble/curves/nist") as { readonly p256: P256 }).p256
  return loaded
}

const spkiOf = (key: KeyObject): Buffer => key.export({ format: "der", type: "spki" })

/** The end of a SubjectPublicKeyInfo: 04 and two coordinates, as all tools write it. A compressed point is another form of the same key. */
const UNCOMPRESSED_BYTES = 65
const P256_SPKI_BYTES = 91

/** A key by which entries of a maker are known: a SubjectPublicKeyInfo in base64, of P-256; null where it is none. */
export const rekorKey = (base64: string): KeyObject | null => {
  try {
    const key = createPublicKey({ key: bytesOf(base64), format: "der", type: "spki" })
    const spki = spkiOf(key)
    return key.asymmetricKeyDetails?.namedCurve === "prime256v1" &&
      spki.length === P256_SPKI_BYTES &&
      spki.toString("base64") === base64
      ? key
      : null
  } catch {
    return null
  }
}

/**
 * That the entry is about this digest, and one of these keys signed it.
 * @param digest SHA-256, hex
 * @param keys SubjectPublicKeyInfo in base64
 * @throws NoteError that says why not
 */
export const checkSigned = ({ signed }: RekorEntry, digest: string, keys: ReadonlyArray<string>): void => {
  if (Buffer.from(signed.digest).toString("hex") !== digest || signed.digest.length !== DIGEST_BYTES)
    throw refuse("the Rekor entry is about another digest")
  const spki = spkiOf(signed.key)
  if (!keys.includes(spki.toString("base64")))
    throw refuse("the Rekor entry is signed by a key that the bundle does not name for this vendor (rekorKeys)")
  // A key of the bundle is one of P-256: the point is the end of its SubjectPublicKeyInfo.
  const point = spki.subarray(-UNCOMPRESSED_BYTES)
  let isGood = false
  try {
    isGood = p256().verify(signed.signature, signed.digest, point, { prehash: false, format: "der" })
  } catch {
    // No signature in DER.
  }
  if (!isGood) throw refuse("the Rekor entry: the signature over the digest does not verify")
}

/**
 * The entry out of what tools write: a Sigstore bundle with one entry, or the entry itself.
 * @returns its JSON without blanks, as a release takes it for its proof
 * @throws NoteError
 */
export const rekorEntryIn = (file: string): string => {
  const json = parseStrict(Buffer.from(file))
  if ("reason" in json) throw refuse(`the file is no JSON: ${json.detail}`)
  const bundle = json.value as { readonly verificationMaterial?: { readonly tlogEntries?: unknown } | null } | null
  const material = bundle?.verificationMaterial
  const entries = material === undefined ? [bundle] : material?.tlogEntries
  if (!Array.isArray(entries) || entries.length !== 1)
    throw refuse("the bundle has not one entry of a log (verificationMaterial.tlogEntries)")
  const entry = JSON.stringify(entries[0])
  parseRekorEntry(entry)
  return entry
}
