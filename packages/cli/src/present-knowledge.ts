/** What is in force in the log of a call, and the devices that it speaks of. */
import { KINDS, type KnowledgeKind } from "@assay/knowledge"
import type { KnownDevices } from "@assay/segmentation"
import { type Active, itemKey, type RootSet } from "@assay/trust"
import { type Arguments, UsageError } from "./command.ts"
import { inForce } from "./knowledge-in-force.ts"
import { openForReading } from "./open-log.ts"
import { knownDevices } from "./trust/states.ts"

export interface Present {
  readonly before: Active<unknown>
  readonly known: KnownDevices
}

/** Of the first partition: an item of a whole deployment is activated in every one. @throws UsageError where nothing is in force */
export const presentOf = async (kind: KnowledgeKind, given: Arguments, roots: RootSet): Promise<Present> => {
  const log = await openForReading(given)
  try {
    const before = (await inForce(log, 0, roots, KINDS)).get(itemKey(kind.name, ""))
    if (before === undefined)
      throw new UsageError(
        `no ${kind.name} is in force in this log: assay ${kind.name} diff OLD NEW compares two files`,
      )
    if ("broken" in before) throw new UsageError(`the ${kind.name} in force cannot be read: ${before.broken}`)
    return { before, known: await knownDevices(log) }
  } finally {
    await log.close()
  }
}
