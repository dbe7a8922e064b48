/** A node in the test's own process, on the embedded log. */
import type { OpenOptions } from "@assay/node"
import type { RootSet } from "@assay/trust"

/** One partition, judged in this thread, without ticks of its own and without a sealer; HTTP on a free port. */
export const plainNode = (dir: string, roots: RootSet) =>
  ({
    dir,
    roots,
    partitions: 1,
    topology: "chained",
    tickMs: 0,
    seal: false,
    workers: 0,
    httpPort: 0,
  }) as const satisfies OpenOptions
