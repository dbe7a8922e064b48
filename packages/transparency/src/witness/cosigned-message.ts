/**
 * What a witness signs of a checkpoint, by the type of its key (C2SP tlog-cosignature 1.1.0-rc.1).
 *
 * Ed25519, "Ed25519 signed message", which holds no name of the witness:
 *
 *   cosignature/v1
 *   time <seconds since 1970>
 *   <the checkpoint's text, with its last newline>
 *
 * ML-DSA-44, "ML-DSA-44 signed message", big-endian, which holds no extension lines:
 *
 *   "subtree/v1\n\0"   12 bytes
 *   name of the witness  its length in one byte, then UTF-8
 *   time                 8, seconds since 1970
 *   origin of the log    its length in one byte, then UTF-8
 *   start, end           8 each: 0, and the size of the tree
 *   root                 32
 */
import { readCheckpoint } from "../checkpoint.ts"
import { NoteError } from "../note/error.ts"
import { COSIGNATURE_V1, ML_DSA_COSIGNATURE } from "../note/vkey.ts"

export type CosignatureType = typeof COSIGNATURE_V1 | typeof ML_DSA_COSIGNATURE

interface Message {
  /** Of the witness. */
  readonly name: string
  /** Since 1970. */
  readonly seconds: bigint
  /** Of the checkpoint, with its last newline. */
  readonly text: string
}

interface Cosigned {
  /** @throws NoteError where the text is no checkpoint that can be cosigned so */
  signed(message: Message): Buffer
  /** Length of a signature. */
  readonly bytes: number
}

const LABEL = Buffer.from("subtree/v1\n\0")

const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}

const short = (what: string, text: string): Buffer => {
  const bytes = Buffer.from(text)
  if (bytes.length === 0 || bytes.length > 255)
    throw new NoteError("checkpoint", `${what} has ${bytes.length} bytes; ML-DSA-44 cosigns 1 to 255`)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

export const COSIGNED: Readonly<Record<CosignatureType, Cosigned>> = {
  [COSIGNATURE_V1]: {
    signed: ({ seconds, text }) => Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`),
    bytes: 64,
  },
  [ML_DSA_COSIGNATURE]: {
    signed: ({ name, seconds, text }) => {
      const { origin, size, root } = readCheckpoint(text)
      return Buffer.concat([
        LABEL,
        short("the name of the witness", name),
        u64(seconds),
        short("the origin of the log", origin),
        u64(0n),
        u64(BigInt(size)),
        root,
      ])
    },
    bytes: 2_420,
  },
}
