import { WireError } from "@assay/schemas"

/** What `read` makes of a record, or null where it is none of ours. What cannot be read is the log's own check's to name. */
export const readable = <T>(read: () => T): T | null => {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof WireError) return null
    throw cause
  }
}
