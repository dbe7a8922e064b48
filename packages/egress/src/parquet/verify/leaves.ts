/** What a range's evidence proves: leaves, opened decisions, and the rows that follow from the records that they vouch for. */
import { createHash } from "node:crypto"
import { boundSchema, decodeAudit, type ReadingRow, withSchemaId } from "@assay/schemas"
import { commitmentOf, decodeLeaf, decodeStatement, equalHash, type Statement, statementOf } from "@assay/transparency"
import { type AuditEvent, erasedIn, formatOrigin } from "@assay/trust"
import type { LeafEvidence } from "../evidence.ts"
import { rowsOf } from "../record.ts"

export interface ProvenLeaf {
  readonly rows: ReadonlyArray<ReadingRow>
  /** Of a decision whose record is left out: the pseudonym of its device, hex. */
  readonly withheld: string | null
  /** Of an erasure that the log accepted: the pseudonym of the device, hex. */
  readonly erases: string | null
}

/** What does not follow. `kind` is that of the finding. */
export class Unproven extends Error {
  readonly kind: "decision-unopened" | "erasure-unproven" | "record-missing" | "record-altered"

  constructor(kind: Unproven["kind"], message: string) {
    super(message)
    this.kind = kind
  }
}

const NOTHING: ProvenLeaf = { rows: [], withheld: null, erases: null }

/** @throws WireError */
const eventIn = (opening: Uint8Array): AuditEvent => decodeAudit(withSchemaId(opening, boundSchema("audit-event").id))

/** Which device was erased, where the opening is that of the leaf. @throws Unproven */
const erasedBy = ({ leaf, salt, opening }: LeafEvidence): string | null => {
  const { origin, index, commitment } = decodeLeaf(leaf)
  if (equalHash(commitmentOf(salt, opening), commitment)) return erasedIn(eventIn(opening))
  const name = `${formatOrigin(origin)}#${index}`
  throw new Unproven("erasure-unproven", `what is said of the event ${name} is not what its leaf commits to`)
}

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
  return decodeStatement(statementOf(eventIn(opening)))
}

/**
 * @param outcomes those that the export has
 * @throws Unproven; WireError where what was proven cannot be read by this version
 */
export const provenBy = (one: LeafEvidence, outcomes: ReadonlySet<string>): ProvenLeaf => {
  const { kind, origin, index, pseudonym } = decodeLeaf(one.leaf)
  if (kind !== "decision") return one.kind === "event" ? { ...NOTHING, erases: erasedBy(one) } : NOTHING
  const { outcome, record } = openedBy(one)
  const name = `${formatOrigin(origin)}#${index}`
  const isWanted = outcome !== null && outcomes.has(outcome) && record !== null
  if (!isWanted) {
    if (one.record.length > 0)
      throw new Unproven("record-altered", `a record lies beside the decision ${name}, which calls for none`)
    return NOTHING
  }
  if (one.record.length === 0) return { ...NOTHING, withheld: Buffer.from(pseudonym).toString("hex") }
  if (!equalHash(createHash("sha256").update(one.record).digest(), record))
    throw new Unproven("record-altered", `the record of the decision ${name} is not the one that was decided`)
  return { ...NOTHING, rows: rowsOf(one.record) }
}
