/** What kind of entry a record of `submitted` holds. */
import { decodeEntry, WireError } from "@assay/schemas"

const OTHERS = ["control", "activation", "admission", "tick"] as const

/** Whatever is none of the others is a message, also what is no entry: whoever wrote it sees its decision. */
export const entryKind = (value: Uint8Array): "message" | (typeof OTHERS)[number] => {
  try {
    const { kind } = decodeEntry(value).body
    return OTHERS.find((other) => other === kind) ?? "message"
  } catch (cause) {
    if (cause instanceof WireError) return "message"
    throw cause
  }
}
