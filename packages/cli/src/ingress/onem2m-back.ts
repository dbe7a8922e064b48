/** What an adapter needs to write back into its CSE: the log, its own on Kafka, else that beside the node; and the pinned roots. */
import { type Onem2mAdapter, type Onem2mSettings, type RunningWriteBack, startWriteBack } from "@assay/ingress/onem2m"
import type { Log } from "@assay/log"
import { openLog } from "@assay/node/log"
import { readRoots } from "@assay/node/roots"
import { COMMAND, ONEM2M } from "@assay/settings"
import type { RootSet } from "@assay/trust"
import type { Arguments } from "../command.ts"
import { dataBeside } from "./followed-log.ts"
import type { Way } from "./way.ts"

export interface Back {
  readonly log: Log
  /** Closes the log, where it was opened for this alone. */
  readonly close: () => Promise<void>
  readonly roots: RootSet
  readonly applications: ReadonlyArray<string>
}

/** @throws UsageError, ConfigurationError, DataDirError: nothing stays open */
export const openLogForBack = async (
  given: Arguments,
  { applications }: Onem2mSettings,
  way: Way,
): Promise<Back | null> => {
  if (applications === null) return null
  const pinned = given.text("roots") ?? COMMAND.roots.fallback
  if (way.log !== null)
    return { log: way.log, close: async () => undefined, roots: readRoots(pinned, null), applications }
  const missing = `${ONEM2M.writeBack.key} is on: name the data directory of the node with --data DIR`
  const dir = dataBeside(given, missing)
  const roots = readRoots(pinned, dir)
  const log = await openLog({ kafka: null }, dir, { readOnly: true })
  return { log, close: () => log.close(), roots, applications }
}

export const startBack = (
  back: Back,
  { cseBase, aeId, devices, sweepMs }: Onem2mSettings,
  adapter: Onem2mAdapter,
  onProblem: (what: string) => void,
): RunningWriteBack =>
  startWriteBack({
    ...back,
    client: adapter.client,
    cseBase,
    aeId,
    devices,
    containersOf: adapter.containersOf,
    isRegistered: adapter.isRegistered,
    sweepMs,
    onProblem,
  })
