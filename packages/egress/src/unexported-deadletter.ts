/** What cannot be exported, and why. It is durable here before the position passes it by. */

import { safeJson } from "@assay/trust/kit"
import type { Place } from "./encode/encoder.ts"
import { LineFile, OURS } from "./sink/lines.ts"

/** Bytes of a record that are kept. */
const MAX_KEPT = 64 << 10

export interface DeadLetter {
  readonly place: Place
  /** The key of what a sink refused; null where it could not even be read. */
  readonly key: string | null
  readonly reason: string
  readonly bytes: Uint8Array
}

export interface DeadLetters {
  open(): Promise<void>
  /** Kept when it resolves. */
  put(letters: ReadonlyArray<DeadLetter>): Promise<void>
  close(): Promise<void>
}

const lineOf = ({ place, key, reason, bytes }: DeadLetter): string =>
  safeJson({
    ...place,
    key,
    reason,
    size: bytes.length,
    bytes: Buffer.from(bytes.subarray(0, MAX_KEPT)).toString("base64"),
  })

/** One JSON object a line: stream, partition, offset, key, reason, size, and the bytes (the first 64 KiB) in base64. No link is followed. */
export const deadLetterFile = (path: string): DeadLetters => {
  const file = new LineFile(path, OURS)
  return {
    open: () => file.open(),
    put: async (letters) => {
      await file.append(Buffer.from(letters.map((letter) => `${lineOf(letter)}\n`).join("")))
      await file.flush()
    },
    close: () => file.close(),
  }
}

/** Reported to somebody, and kept nowhere else. */
export const deadLettersTo = (tell: (letter: DeadLetter) => void): DeadLetters => ({
  open: async () => undefined,
  put: async (letters) => {
    for (const letter of letters) tell(letter)
  },
  close: async () => undefined,
})
