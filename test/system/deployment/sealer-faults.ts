/** integrity-hasher whose sealer has faults that a test asks for. It is loaded by a thread, so the test asks by files. */
import { existsSync, rmSync } from "node:fs"
import { SERVICES } from "@assay/cli/services"
import type { Log } from "@assay/log"
import type { ServiceDefinition } from "@assay/node"

/**
 * Makes the next seal meet the fault: a file of this name in the directory of ASSAY_TEST_FAULTS. The thread dies when its tiles are
 * staged and the row is not swapped yet, when the row is swapped and no tile applied, or with the last transaction of a seal under
 * way; or it stands still.
 */
export type SealerFault = "dies-staged" | "dies-swapped" | "dies-in-commit" | "hangs"

const meets = (fault: SealerFault): boolean => {
  const file = `${process.env["ASSAY_TEST_FAULTS"]}/${fault}`
  if (!existsSync(file)) return false
  rmSync(file, { force: true })
  return true
}

/** Dies as a thread dies of a fault that no code of ours catches, and goes on with nothing before. */
const die = (): Promise<never> => {
  setImmediate(() => {
    throw new Error("a fault of the test")
  })
  return new Promise(() => undefined)
}

const hang = (): never => {
  for (;;) Math.random()
}

/** As `ROW_CELL` of the sealer. */
const ROW = "sealer.row"

const faulty = (log: Log): Log => ({
  ...log,
  commit: async (partition, commit) => {
    const committed = log.commit(partition, commit)
    if (meets("dies-in-commit")) return die()
    return committed
  },
  cells: {
    get: (partition, name) => log.cells.get(partition, name),
    swap: async (partition, name, expected, value) => {
      if (name === ROW && meets("hangs")) hang()
      if (name === ROW && meets("dies-staged")) return die()
      const isSwapped = await log.cells.swap(partition, name, expected, value)
      return name === ROW && isSwapped && meets("dies-swapped") ? die() : isSwapped
    },
  },
})

const integrityHasher = SERVICES.find(({ name }) => name === "integrity-hasher")!
const sealer = integrityHasher.sealer!

export const faultySealer: ServiceDefinition = {
  ...integrityHasher,
  module: import.meta.url,
  sealer: { ...sealer, start: (log, ...others) => sealer.start(faulty(log), ...others) },
}
