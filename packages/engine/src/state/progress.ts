/**
 * How far a runner is, as its own changelog says it: written with the states in each commit, so that both can be compared
 * with the group's position when the state is restored.
 *
 * Value layout: `u8 version (1) | u64 BE next offset of the input | u64 BE highest time so far (ms)`.
 */
export interface Progress {
  /** The next offset of the input that is not yet decided. */
  readonly next: number
  /** The highest time of the entries so far, milliseconds since 1970: an entry is never earlier than one before it. */
  readonly lastTime: number
}

/** The changelog record that holds the progress. No device can have this key. */
export const PROGRESS_KEY = "\u0001position"

const BYTES = 17

export const encodeProgress = ({ next, lastTime }: Progress): Uint8Array => {
  const value = Buffer.allocUnsafe(BYTES)
  value[0] = 1
  value.writeBigUInt64BE(BigInt(next), 1)
  value.writeBigUInt64BE(BigInt(lastTime), 9)
  return value
}

/** @throws Error where the value is of another version or broken */
export const decodeProgress = (value: Uint8Array): Progress => {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length)
  if (bytes.length !== BYTES || bytes[0] !== 1)
    throw new Error(
      `the changelog's position is ${bytes.length} bytes of version ${bytes[0]}: this Assay reads ${BYTES} of version 1; open the state with the version that wrote it`,
    )
  return { next: Number(bytes.readBigUInt64BE(1)), lastTime: Number(bytes.readBigUInt64BE(9)) }
}
