/**
 * Two runs of the same plan, message by message. A submission is named by its partition and its number there, since offsets
 * are the engine's own.
 */
import type { Settled } from "@assay/cli/demo"
import type { ReasonCode } from "@assay/trust"

/**
 * What a run cannot repeat: how fast messages came. These reasons count messages of a device over the time that the log
 * stamped, and no two runs append at the same moments. An attack that is made of speed is compared by its row in the table
 * (which asks for at least one message noticed), its messages one by one only where none of these reasons is involved.
 */
export const SPEED_REASONS: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  "anomaly.rate",
  "anomaly.flood",
  "credential.rate_exceeded",
  "segmentation.rate_exceeded",
])

export interface Difference {
  readonly place: string
  readonly attack: string | null
  readonly role: string
  readonly device: string
  readonly left: string
  readonly right: string
}

export interface Comparison {
  readonly compared: number
  readonly equal: number
  /** Not compared, by attack: messages of a device that one of the runs found too fast, from then on. */
  readonly bySpeed: Readonly<Record<string, number>>
  readonly differences: ReadonlyArray<Difference>
}

/** A command counts in one log and names it. Those of a plan can name that of one run only, so the other refuses them for it too. */
const OTHER_LOG: ReasonCode = "control.audience_refused"

const describe = (settled: Settled | undefined): string =>
  settled === undefined
    ? "nothing"
    : `${settled.outcome} [${settled.reasons.filter((code) => code !== OTHER_LOG).join(", ")}]`

/** Devices that either run found too fast: what is known of them differs from that moment on. */
const tooFast = (runs: ReadonlyArray<ReadonlyMap<string, Settled>>): ReadonlySet<string> => {
  const found = new Set<string>()
  for (const run of runs)
    for (const { label, reasons } of run.values())
      if (label.device !== "" && reasons.some((code) => SPEED_REASONS.has(code))) found.add(label.device)
  return found
}

export const compareRuns = (left: ReadonlyMap<string, Settled>, right: ReadonlyMap<string, Settled>): Comparison => {
  const fast = tooFast([left, right])
  const differences: Array<Difference> = []
  const bySpeed: Record<string, number> = {}
  let equal = 0
  const places = new Set([...left.keys(), ...right.keys()])
  for (const place of places) {
    const [one, other] = [left.get(place), right.get(place)]
    if (describe(one) === describe(other)) {
      equal++
      continue
    }
    const { label } = (one ?? other)!
    // Only an attack of speed is excused: an honest fleet that one run finds too fast is a difference.
    if (one !== undefined && other !== undefined && label.attack !== null && fast.has(label.device)) {
      bySpeed[label.attack] = (bySpeed[label.attack] ?? 0) + 1
      continue
    }
    const { attack, role, device } = label
    differences.push({ place, attack, role, device, left: describe(one), right: describe(other) })
  }
  return { compared: places.size, equal, bySpeed, differences }
}
