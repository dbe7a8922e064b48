/** TPMS_ATTEST (TPM 2.0 part 2, section 10.12.12): what a TPM signs in a quote and in a certification. */
import { MalformedError } from "../malformed.ts"
import { TpmReader } from "./reader.ts"

const GENERATED = 0xff544347
const CERTIFY = 0x8017
const QUOTE = 0x8018
const MAX_SELECTIONS = 16

interface Common {
  /** The qualified name of the key that signed. */
  readonly signer: Uint8Array
  /** What whoever asked gave to be signed. */
  readonly extraData: Uint8Array
  /** Milliseconds since the TPM was made, while it had power. */
  readonly clock: bigint
  /** Both are obfuscated where the key is none of the endorsement or platform hierarchy. */
  readonly resetCount: number
  readonly restartCount: number
  /** The clock has not been set back. */
  readonly safe: boolean
  readonly firmwareVersion: bigint
}

export interface Quote extends Common {
  readonly kind: "quote"
  /** In the order in which their values are hashed. */
  readonly selections: ReadonlyArray<{ readonly algorithm: number; readonly indices: ReadonlyArray<number> }>
  readonly pcrDigest: Uint8Array
}

export interface Certification extends Common {
  readonly kind: "certify"
  /** Of the key that is certified. */
  readonly name: Uint8Array
}

/** @throws MalformedError */
export const readAttest = (bytes: Uint8Array): Quote | Certification => {
  const from = new TpmReader(bytes)
  // A TPM never signs outside data that begin so: what begins so was made by one.
  if (from.u32() !== GENERATED) throw new MalformedError("not made by a TPM")
  const type = from.u16()
  const common: Common = {
    signer: from.sized(),
    extraData: from.sized(),
    clock: from.u64(),
    resetCount: from.u32(),
    restartCount: from.u32(),
    safe: from.u8() === 1,
    firmwareVersion: from.u64(),
  }
  if (type === QUOTE) {
    const quote: Quote = { ...common, kind: "quote", selections: readSelections(from), pcrDigest: from.sized() }
    from.end()
    return quote
  }
  if (type !== CERTIFY) throw new MalformedError(`an attestation of type ${type.toString(16)}`)
  const certification: Certification = { ...common, kind: "certify", name: from.sized() }
  from.sized() // the qualified name: where the key lies in its hierarchy
  from.end()
  return certification
}

const readSelections = (from: TpmReader): Quote["selections"] => {
  const count = from.u32()
  if (count > MAX_SELECTIONS) throw new MalformedError(`${count} selections of PCRs`)
  return Array.from({ length: count }, () => {
    const algorithm = from.u16()
    const bitmap = from.take(from.u8())
    const indices = [...bitmap].flatMap((byte, n) =>
      [0, 1, 2, 3, 4, 5, 6, 7].flatMap((bit) => ((byte >> bit) & 1 ? [n * 8 + bit] : [])),
    )
    return { algorithm, indices }
  })
}
