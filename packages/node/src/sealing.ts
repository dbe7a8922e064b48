/** Sealing as a process is to do it, in whichever thread. */
import type { Log } from "@assay/log"
import { parsePolicy } from "@assay/transparency"
import type { Emit } from "./events/event.ts"
import type { Sealing, StartSealing } from "./service.ts"
import type { WitnessSettings } from "./witnesses.ts"

/** Plain data: it crosses to the thread that seals. */
export interface SealingSettings {
  readonly dir: string
  /** References to the log's keys, the first one its own; none: the key in the directory. */
  readonly keys: ReadonlyArray<string>
  /** Null: nobody is asked to cosign. */
  readonly witnesses: WitnessSettings | null
  readonly leaseMs: number
}

/** @throws what `start` does */
export const startSealing = (
  start: StartSealing,
  log: Log,
  { dir, keys, witnesses, leaseMs }: SealingSettings,
  emit: Emit,
): Promise<Sealing> =>
  start(
    log,
    dir,
    (cause) => emit({ code: "seal.failed", message: "sealing failed", cause }),
    witnesses === null
      ? null
      : {
          policy: parsePolicy(witnesses.policy),
          intervalMs: witnesses.intervalMs,
          onProblem: (message) => emit({ code: "witness.problem", message }),
        },
    keys,
    { leaseMs, onLease: (message) => emit({ code: "seal.lease", message }) },
  )
