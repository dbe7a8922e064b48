/** The shapes that several records share: origin, envelope, and the closed sets as Avro enums. */
import { ACTIONS, ASSURANCES, type Envelope, type Origin, STAGES, TRUST_STATES } from "@assay/trust"
import type { Reader } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"

/** An Avro enum: the symbol's index is its place in the list, which therefore only grows at its end. */
export interface Symbols<Word extends string> {
  write(to: Writer, word: Word): void
  read(from: Reader): Word
}

export const symbols = <Word extends string>(words: ReadonlyArray<Word>): Symbols<Word> => ({
  write: (to, word) => {
    const index = words.indexOf(word)
    if (index < 0) throw new RangeError(`no such symbol: ${word}`)
    to.tag(index)
  },
  read: (from) => words[from.tag(words.length)]!,
})

export const action = symbols(ACTIONS)
export const assurance = symbols(ASSURANCES)
export const stageName = symbols(STAGES)
export const trustState = symbols(TRUST_STATES)
export const severityOutcome = symbols(["pass", "warn", "fail"] as const)

export const writeOrigin = (to: Writer, origin: Origin): void => {
  to.int(origin.epoch)
  to.int(origin.partition)
  to.long(origin.offset)
}

export const readOrigin = (from: Reader): Origin => ({ epoch: from.int(), partition: from.int(), offset: from.long() })

export const writeEnvelope = (to: Writer, envelope: Envelope): void => {
  to.bytes(envelope.bytes)
  to.string(envelope.mediaType)
  to.string(envelope.binding)
  to.optionalString(envelope.originator)
  to.optionalString(envelope.principal)
}

export const readEnvelope = (from: Reader): Envelope => ({
  bytes: from.bytes(),
  mediaType: from.word(),
  binding: from.word(),
  originator: from.optionalString(),
  principal: from.optionalString(),
})
