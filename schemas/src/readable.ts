import { WireError } from "./wire/error.ts"

/**
 * What `read` makes of a record, or null where it is none of ours. Whoever may write to a stream can put such a record there, so
 * no reader stops for it; to name it is for `assay verify`.
 */
export const readable = <T>(read: () => T): T | null => {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof WireError) return null
    throw cause
  }
}
