/** Cuts the slice of one zone out of a segmentation policy. What the slice lets flow, the policy does: never the other way round. */
import type { Slice, SliceConduit, SliceLimits } from "@assay/passport"
import { ACTION_INDEX, classOf, compilePolicy, flowIndex, GUARDRAIL } from "@assay/segmentation"
import type { Conduit, SegmentationPolicy } from "@assay/trust"

export interface CutOptions {
  readonly zone: string
  readonly version: number
  readonly trustDomain: string
  /** DIDs whose passports and snapshots count. */
  readonly signers: ReadonlyArray<string>
  readonly limits: SliceLimits
  /** Milliseconds since 1970. A slice ends with its policy at the latest. */
  readonly issued: number
  readonly expires: number
}

const HOUR = 3_600

const perAct = <Value>(telemetry: Value, event: Value, moving: Value) => ({
  telemetry,
  event,
  command: moving,
  config: moving,
  firmware: moving,
})

/** A day's passports; what moves a machine is at most 30 s old and needs a snapshot of the last hour. */
export const DEFAULT_LIMITS: SliceLimits = {
  passport: 24 * HOUR,
  skew: 60,
  messagePerAct: perAct(HOUR, 600, 30),
  snapshotPerAct: perAct<number | null>(null, 24 * HOUR, HOUR),
}

/** @throws TypeError where the policy has no such zone */
export const cutSlice = (policy: SegmentationPolicy, options: CutOptions): Slice => {
  const { zone, version, trustDomain, signers, limits, issued } = options
  if (!policy.zones.some(({ id }) => id === zone)) throw new TypeError(`the policy has no zone ${zone}`)
  const expires = Math.min(options.expires, policy.expires)
  const conduits = policy.conduits.flatMap((conduit) => {
    if (conduit.from !== zone && conduit.to !== zone) return []
    const acts = conduit.actions.filter((action) => !isForbidden(policy, conduit, action))
    return acts.length === 0 ? [] : [sliceConduit(policy, { ...conduit, actions: acts }, issued, expires)]
  })
  return { version, issued, expires, zone, trustDomain, policy: policy.version, signers, conduits, limits }
}

/** A guardrail knows zones and actions alone, so one class speaks for all. */
const isForbidden = (
  policy: SegmentationPolicy,
  { from, to, classes }: Conduit,
  action: Conduit["actions"][number],
): boolean => {
  const { table } = compilePolicy(policy)
  const [source, target] = [table.zoneIndex.get(from), table.zoneIndex.get(to)]
  if (source === undefined || target === undefined) return true
  const cls = classOf(table, classes[0] ?? null)
  return table.flows[flowIndex(table, source, target, ACTION_INDEX[action], cls)]! <= GUARDRAIL
}

const seconds = (ms: number): number => Math.floor(ms / 1_000)

/** Observe mode is left out: what the policy only records, a device that decides alone asks for. */
const sliceConduit = (
  { timezones = {} }: SegmentationPolicy,
  conduit: Conduit,
  issued: number,
  expires: number,
): SliceConduit => {
  const { id, from, to, actions, classes, minTrust, minAssurance, ratePerMinute, window } = conduit
  const changes = window?.zone === undefined ? [] : (timezones[window.zone] ?? [])
  // The one in force at the beginning, and what comes until the end.
  const first = Math.max(
    0,
    changes.findLastIndex((change) => change.from <= issued),
  )
  const offsets = changes
    .filter((change, i) => i >= first && change.from < expires)
    .map((change) => ({ from: seconds(change.from), offset: change.offset }))
  return {
    id,
    from,
    to,
    acts: actions,
    classes,
    minTrust,
    minAssurance,
    ratePerMinute,
    window: window === null ? null : { from: window.from, to: window.to, offsets },
    expires: conduit.expires === null ? null : seconds(conduit.expires),
  }
}
