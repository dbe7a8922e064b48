/**
 * Signed notes (C2SP signed-note 1.0.0): text that ends in a newline, an empty line, then lines
 * `— <name> <base64(key id, 4 bytes || signature)>`. A signature covers the text with its last newline.
 */
import { verify } from "node:crypto"
import { NoteError } from "./error.ts"
import { isKeyName, keyId, type VerifierKey } from "./vkey.ts"

const MAX_NOTE = 1_000_000
const MAX_SIGNATURES = 100

/** The signing key of a log or a witness: a file, an HSM, a remote service. */
export interface LogSigner {
  /** Ed25519, 32 bytes; of a witness also ML-DSA-44, 1,312 bytes. */
  readonly publicKey: Uint8Array
  /** 64 bytes, or 2,420 with ML-DSA-44, over exactly these bytes. Rejects where the key is out of reach: try again later. */
  sign(data: Uint8Array): Promise<Uint8Array>
}

/**
 * @param more further keys of the same name, while one takes the place of another: whoever knows any of them can check the note
 * @throws NoteError when the text is empty, does not end in a newline, or holds control characters; what a signer throws
 */
export const signNote = async (
  text: string,
  name: string,
  signer: LogSigner,
  more: ReadonlyArray<LogSigner> = [],
): Promise<string> => {
  if (!isNoteText(text))
    throw new NoteError("note", "the text of a note ends in a newline and holds no control characters")
  if (!isKeyName(name)) throw new NoteError("note", `a key cannot be named ${JSON.stringify(name)}`)
  const lines = await Promise.all(
    [signer, ...more].map(async (one) =>
      formatSignature({ name, id: keyId(name, one.publicKey), signature: await one.sign(Buffer.from(text)) }),
    ),
  )
  return `${text}\n${lines.join("")}`
}

const isNoteText = (text: string): boolean => text.endsWith("\n") && !/[\x00-\x09\x0b-\x1f\x7f]/.test(text)

/**
 * The text, after checking the key's signature. Signatures of other keys (witnesses) are left to others.
 * @throws NoteError
 */
export const openNote = (note: string, key: VerifierKey): string => openSigned(note, key).text

/** A signature line as it stands there. */
export interface SignatureLine {
  readonly name: string
  readonly id: number
  /** What follows the id. */
  readonly signature: Uint8Array
}

/** The line as it stands below a note, with its newline. */
export const formatSignature = ({ name, id, signature }: SignatureLine): string => {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(id)
  return `— ${name} ${Buffer.concat([head, signature]).toString("base64")}\n`
}

export interface OpenedNote {
  readonly text: string
  /** The verified signature line of the key as it stands there, without its newline. */
  readonly own: string
  /** The other lines, which nobody has verified. */
  readonly unverified: ReadonlyArray<SignatureLine>
}

/** As `openNote`, with the signature lines. @throws NoteError */
export const openSigned = (note: string, key: VerifierKey): OpenedNote => {
  const end = note.lastIndexOf("\n\n")
  const text = note.slice(0, end + 1)
  if (note.length > MAX_NOTE || end < 0 || !note.endsWith("\n") || !isNoteText(text))
    throw new NoteError("note", "not a signed note")
  const lines = note.slice(end + 2, -1).split("\n")
  if (lines.length > MAX_SIGNATURES) throw new NoteError("note", "too many signatures")
  let own: string | null = null
  const unverified: Array<SignatureLine> = []
  for (const line of lines) {
    const match = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line)
    const bytes = Buffer.from(match?.[2] ?? "", "base64")
    if (match === null || !isKeyName(match[1]!) || bytes.length < 5)
      throw new NoteError("note", "a signature line cannot be read")
    const [name, id] = [match[1]!, bytes.readUInt32BE(0)]
    if (name !== key.name || id !== key.id) {
      unverified.push({ name, id, signature: bytes.subarray(4) })
      continue
    }
    if (own !== null) throw new NoteError("note", "two signatures of one key")
    // ECDSA is in DER, over SHA-256 of the text.
    const hash = key.key.asymmetricKeyType === "ec" ? "sha256" : null
    if (!verify(hash, Buffer.from(text), key.key, bytes.subarray(4))) {
      throw new NoteError("signature", `the signature of ${key.name} does not verify`)
    }
    own = line
  }
  if (own === null) throw new NoteError("signature", `the note is not signed by ${key.name}`)
  return { text, own, unverified }
}
