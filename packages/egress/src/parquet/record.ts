/** The rows of a record as it lies in the evidence. */
import { boundSchema, decodeAssayed, type ReadingRow, withSchemaId } from "@assay/schemas"
import { readingRows } from "../readings/rows.ts"

/**
 * Whichever registry gave out the id before it: the hash of the record is checked with it.
 * @throws WireError, TypeError for what is no decided message
 */
export const rowsOf = (record: Uint8Array): ReadonlyArray<ReadingRow> =>
  readingRows(decodeAssayed(withSchemaId(record, boundSchema("assayed-message").id)))
