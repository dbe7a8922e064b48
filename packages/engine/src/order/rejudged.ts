/** The messages of a rejudgement, read from the records that its entry carries: stages see messages, not their stored form. */
import { decodeAssayed, WireError } from "@assay/schemas"
import type { AssayedMessage, ControlFact } from "@assay/trust"

const read = (record: Uint8Array): AssayedMessage | null => {
  try {
    return decodeAssayed(record)
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause
    return null // operators signed what is no message
  }
}

/** The fact as stages see it. */
export const withMessages = (fact: ControlFact): ControlFact => {
  const { what } = fact
  if (what.kind !== "command" || what.rejudgement === undefined) return fact
  const { rejudgement } = what
  return { ...fact, what: { ...what, rejudgement: { ...rejudgement, messages: rejudgement.records.map(read) } } }
}
