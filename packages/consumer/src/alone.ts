/** For a process that reads a log beside the one that writes it, and so is in no group of its. */
import type { Log } from "@assay/log"

/** The same log, where whoever joins has all partitions to itself. */
export const alone = (log: Log): Log => ({
  ...log,
  join: async (_group, _stream, onAssigned) => {
    onAssigned(new Set(Array.from({ length: log.partitions }, (_, partition) => partition)))
    return { confirm: async () => true, leave: async () => undefined }
  },
})
