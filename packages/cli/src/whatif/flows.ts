/**
 * Counts what a candidate would change, flow by flow and device by device. Bounded: what goes beyond the bounds is counted and
 * not named.
 */
import type { Compared } from "@assay/engine"
import { addresseeOf, type Path, pathOf } from "@assay/segmentation"
import { type Decision, formatOrigin, type Knowledge } from "@assay/trust"

const MAX_FLOWS = 1_000
const MAX_DEVICES = 10_000
const EXAMPLES = 3

export interface FlowRow {
  /** `telemetry`, ..., or `presentation`; `unknown` where nobody authenticated it. */
  readonly action: string
  readonly class: string | null
  readonly from: string | null
  readonly to: string | null
  /** Newly denied: what carried it. Newly allowed: what would. */
  readonly conduit: string | null
  messages: number
  /** At most `MAX_DEVICES` are distinguished. */
  readonly devices: Set<string>
  /** Why it is denied: under the candidate where it is newly denied, as recorded where it is newly allowed. */
  readonly reasons: Record<string, number>
  /** The first origins. */
  readonly examples: Array<string>
}

export interface DeviceRow {
  denied: number
  allowed: number
  readonly first: string
}

export interface Counted {
  messages: number
  readonly reasons: Record<string, number>
  readonly examples: Array<string>
}

const counted = (): Counted => ({ messages: 0, reasons: {}, examples: [] })

const isDelivered = ({ outcome }: Pick<Decision, "outcome">): boolean =>
  outcome === "verified" || outcome === "annotated"

const count = (
  into: Pick<Counted, "messages" | "reasons" | "examples">,
  reasons: ReadonlyArray<string>,
  example: string,
) => {
  into.messages++
  for (const reason of reasons) into.reasons[reason] = (into.reasons[reason] ?? 0) + 1
  if (into.examples.length < EXAMPLES) into.examples.push(example)
}

/** The flows of one direction. */
class Side {
  readonly rows = new Map<string, FlowRow>()
  /** All of them, named or not. */
  readonly all = counted()

  add(
    flow: Pick<FlowRow, "action" | "class" | "from" | "to" | "conduit">,
    device: string,
    reasons: ReadonlyArray<string>,
    example: string,
  ) {
    count(this.all, reasons, example)
    const name = JSON.stringify([flow.action, flow.class, flow.from, flow.to, flow.conduit])
    let row = this.rows.get(name)
    if (row === undefined) {
      if (this.rows.size === MAX_FLOWS) return
      row = { ...flow, messages: 0, devices: new Set(), reasons: {}, examples: [] }
      this.rows.set(name, row)
    }
    if (row.devices.size < MAX_DEVICES) row.devices.add(device)
    count(row, reasons, example)
  }

  /** Most messages first. */
  sorted(): ReadonlyArray<FlowRow> {
    return [...this.rows.values()].sort((a, b) => b.messages - a.messages)
  }
}

export class Flows {
  readonly denied = new Side()
  readonly allowed = new Side()
  /** Delivered all the same, and no longer `verified`; and the other way round. */
  readonly doubted = counted()
  readonly cleared = counted()
  /** What cannot be derived again: the knowledge of the time does not come to what was decided. */
  readonly notDerived = counted()
  /** No decision on it is kept. */
  pending = 0
  compared = 0
  readonly devices = new Map<string, DeviceRow>()
  /** Devices of which anything was delivered, with what places them in a zone. At most `MAX_KNOWN`. */
  readonly known = new Map<string, { readonly vendor: string | null; readonly class: string | null }>()

  add(compared: Compared): void {
    const { recorded, again, candidate, message } = compared
    const example = formatOrigin(compared.origin)
    if (recorded === null) {
      this.pending++
      return
    }
    const before = isDelivered(recorded)
    if (before !== isDelivered(again) || recorded.outcome === "undecided") {
      if (recorded.outcome !== "undecided") count(this.notDerived, again.reasons, example)
      return
    }
    this.compared++
    const after = isDelivered(candidate)
    const device = message?.claims?.iss ?? "unknown"
    if (before && message !== null && this.known.size < MAX_KNOWN)
      this.known.set(device, { vendor: message.subject?.vendor ?? null, class: message.subject?.class ?? null })
    if (before === after) {
      // The outcome of the derivation, for the same reason may be worded by a recorded state that is not known any more.
      if (again.outcome === "verified" && candidate.outcome === "annotated")
        count(this.doubted, candidate.reasons, example)
      if (again.outcome === "annotated" && candidate.outcome === "verified") count(this.cleared, again.reasons, example)
      return
    }
    const side = before ? this.denied : this.allowed
    side.add(flowOf(compared, before), device, before ? candidate.reasons : recorded.reasons, example)
    this.#tell(device, before, example)
  }

  #tell(device: string, denied: boolean, first: string): void {
    let row = this.devices.get(device)
    if (row === undefined) {
      if (this.devices.size === MAX_DEVICES) return
      row = { denied: 0, allowed: 0, first }
      this.devices.set(device, row)
    }
    if (denied) row.denied++
    else row.allowed++
  }
}

const MAX_KNOWN = 200_000

const NOWHERE: Path = { from: null, to: null, conduit: null, guardrail: null }

/** By the knowledge that lets it pass: what was in force where it is newly denied, else the candidate. */
const flowOf = (
  { message, knowledge }: Compared,
  denied: boolean,
): Pick<FlowRow, "action" | "class" | "from" | "to" | "conduit"> => {
  const claims = message?.claims ?? null
  const deviceClass = message?.subject?.class ?? null
  if (message === null || claims === null) return { action: "unknown", class: null, ...NOWHERE }
  if (claims.kind !== "message") return { action: claims.kind, class: deviceClass, ...NOWHERE }
  const { policy, bundle }: Knowledge = denied ? knowledge.recorded : knowledge.candidate
  const { from, to, conduit } =
    policy === null
      ? NOWHERE
      : pathOf(policy.body, {
          device: claims.iss,
          vendor: message.subject?.vendor ?? null,
          class: deviceClass,
          audience: addresseeOf(claims.aud, bundle?.body.trustDomain),
          action: claims.act,
        })
  return { action: claims.act, class: deviceClass, from, to, conduit }
}
