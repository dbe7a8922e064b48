/** What a range's evidence proves: leaves, opened decisions, and the rows that follow from the records that they vouch for. */
import { createHash } from "node:crypto"
import { boundSchema, decodeAssayed, decodeAudit, type ReadingRow, withSchemaId } from "@assay/schemas"
import { commitmentOf, decodeLeaf, decodeStatement, equalHash, type Statement, statementOf } from "@assay/transparency"
import { formatOrigin } from "@assay/trust"
import { readingRows } from "../../readings/rows.ts"
import type { LeafEvidence } from "../evidence.ts"

export interface ProvenDecision {
  readonly rows: ReadonlyArray<ReadingRow>
  /** It was decided as wanted, and its record is left out. */
  readonly isWithheld: boolean
}

/** What does not follow. `kind` is that of the finding. */
export class Unproven extends Error {
  readonly kind: "decision-unopened" | "record-missing" | "record-altered"

  constructor(kind: Unproven["kind"], message: string) {
    super(message)
    this.kind = kind
  }
}

const NOTHING: ProvenDecision = { rows: [], isWithheld: false }

/** What was decided, where the opening is that of the leaf. @throws Unproven */
const openedBy = ({ leaf, salt, kind, opening }: LeafEvidence): Statement => {
  const { origin, index, commitment, statement } = decodeLeaf(leaf)
  const name = `${formatOrigin(origin)}#${index}`
  const isOfDevice = statement.length > 0
  if (kind === "none") throw new Unproven("decision-unopened", `the decision ${name} is not opened`)
  if ((kind === "statement") !== isOfDevice)
    throw new Unproven("decision-unopened", `the decision ${name} is opened in another way than its leaf asks for`)
  if (!equalHash(commitmentOf(salt, opening), isOfDevice ? statement : commitment))
    throw new Unproven("decision-unopened", `what is said of the decision ${name} is not what its leaf commits to`)
  if (kind === "statement") return decodeStatement(opening)
  return decodeStatement(statementOf(decodeAudit(withSchemaId(opening, boundSchema("audit-event").id))))
}

/** Whichever registry gave out the id before it: the hash of the record is checked with it. */
const messageIn = (record: Uint8Array) => decodeAssayed(withSchemaId(record, boundSchema("assayed-message").id))

/**
 * @param outcomes those that the export has
 * @throws Unproven; WireError where what was proven cannot be read by this version
 */
export const provenBy = (one: LeafEvidence, outcomes: ReadonlySet<string>): ProvenDecision => {
  const { kind, origin, index } = decodeLeaf(one.leaf)
  if (kind !== "decision") return NOTHING
  const { outcome, record } = openedBy(one)
  const name = `${formatOrigin(origin)}#${index}`
  const isWanted = outcome !== null && outcomes.has(outcome) && record !== null
  if (!isWanted) {
    if (one.record.length > 0)
      throw new Unproven("record-altered", `a record lies beside the decision ${name}, which calls for none`)
    return NOTHING
  }
  if (one.record.length === 0) return { rows: [], isWithheld: true }
  if (!equalHash(createHash("sha256").update(one.record).digest(), record))
    throw new Unproven("record-altered", `the record of the decision ${name} is not the one that was decided`)
  return { rows: readingRows(messageIn(one.record)), isWithheld: false }
}
