/** What a committed batch is worth a line for: activations, commands, incidents, devices that were quarantined or revoked. */
import type { BatchDone } from "@assay/engine"
import { type AuditEvent, controlDetailOf, isOurFault } from "@assay/trust"
import type { Emit, NodeEvent } from "./event.ts"
import { Repeats } from "./repeats.ts"

/** Every partition judges each activation: it is one line. */
const SAME_MS = 60_000
/** A flood of events must not fill a disk with lines. */
const DEVICES = 20
const WINDOW_MS = 10_000

const UNREADABLE = { verb: null, target: null, signers: [], reason: null }

const originOf = ({ origin: { epoch, partition, offset } }: AuditEvent): string => `${epoch}/${partition}/${offset}`

const controlEvent = (event: AuditEvent): NodeEvent => {
  const what = controlDetailOf(event)
  const accepted = event.count === 1
  const outcome = accepted ? "accepted" : "refused"
  const reasons = accepted ? {} : { reasons: event.reasons }
  if (what?.kind === "activation") {
    const { item, version, hash } = what
    const code = accepted ? "activation.accepted" : "activation.refused"
    return {
      code,
      message: `the ${item} of version ${version} was ${outcome}`,
      details: { item, version, hash, ...reasons },
    }
  }
  const { verb, target, signers, reason } = what?.kind === "command" ? what : UNREADABLE
  const code = accepted ? "command.accepted" : "command.refused"
  return {
    code,
    message: `an operator's command was ${outcome}`,
    // Of a refused one nobody is known to have said it: `assay explain ORIGIN` shows its own words.
    details: { verb, target, signers, reason, ...reasons, ...(accepted ? {} : { origin: originOf(event) }) },
  }
}

/** Quarantined or revoked. */
const withheldDevice = ({ device, from, to, reasons }: AuditEvent): NodeEvent => ({
  code: to === "revoked" ? "device.revoked" : "device.quarantined",
  message: to === "revoked" ? "a device was revoked" : "a device went into quarantine",
  details: { device, from, reasons },
})

/** What no line can come of is left out: almost all are decisions. */
const isSaid = ({ kind, to }: AuditEvent): boolean =>
  kind === "control" || kind === "incident" || (kind === "transition" && (to === "quarantined" || to === "revoked"))

/** Whether `batchEvents` has anything to say of it. */
export const isWorthALine = ({ undecided, events }: BatchDone): boolean => undecided > 0 || events.some(isSaid)

/** What `batchEvents` looks at, and no more. */
export const worthALine = (done: BatchDone): BatchDone => ({
  ...done,
  decided: [],
  events: done.events.filter((event) => isSaid(event) || event.reasons.some(isOurFault)),
})

export interface BatchEvents {
  /** Takes each committed batch. */
  readonly onBatch: (done: BatchDone) => void
  /** Says how many devices were left unsaid, when their window is over; to be called once a second. */
  readonly flush: () => void
}

export const batchEvents = (emit: Emit, clock: () => number = () => performance.now()): BatchEvents => {
  const same = new Repeats(SAME_MS)
  let windowFrom = Number.NEGATIVE_INFINITY
  let said = 0
  let unsaid = 0

  const flush = (): void => {
    if (clock() - windowFrom < WINDOW_MS) return
    if (unsaid > 0)
      emit({
        code: "devices.more",
        message: `${unsaid} more devices were quarantined or revoked`,
        details: { count: unsaid },
      })
    windowFrom = clock()
    said = 0
    unsaid = 0
  }
  const device = (event: NodeEvent): void => {
    flush()
    if (said < DEVICES) {
      said++
      emit(event)
    } else unsaid++
  }

  const onBatch = ({ partition, group, events, undecided }: BatchDone): void => {
    if (undecided > 0) {
      const message = `ALARM: ${group} of partition ${partition} failed at ${undecided} entries, which are kept undecided`
      const fault = events.find(({ reasons }) => reasons.some(isOurFault))?.detail ?? null
      emit({ code: "entries.undecided", message, group, partition, details: { count: undecided, fault } })
    }
    for (const event of events) {
      // Almost all are decisions.
      if (event.kind === "decision") continue
      const at = { group, partition }
      if (event.kind === "control") {
        const judged = controlEvent(event)
        const key = `${judged.code} ${event.detail ?? ""} ${event.reasons.join()}`
        if (same.admit(key, clock()) !== null) emit({ ...judged, ...at })
      } else if (event.kind === "incident") {
        emit({ code: "incident.recorded", message: event.detail ?? "an incident", ...at })
      } else if (event.kind === "transition" && (event.to === "quarantined" || event.to === "revoked")) {
        device({ ...withheldDevice(event), ...at })
      }
    }
  }
  return { onBatch, flush }
}
