/**
 * Statistics of a class came into force: where they say that it has moved as a whole, that is one incident of the audit record, in
 * the partition that is the home of the class, and one for as long as they go on to say the same. It moves no device. Pure.
 */
import { type Breaker, nameHash } from "@assay/detection"
import {
  type Active,
  type AuditDraft,
  type Cohort,
  type ControlEntry,
  type ControlFact,
  cohortSubject,
  type Effects,
} from "@assay/trust"
import { controlEvent } from "./control-event.ts"
import { type AnomalyState, LAYOUT, ownRow, type States } from "./state.ts"

type Activation = Extract<ControlFact["what"], { kind: "activation" }>

/** A row of the stage's own, which no device can make: what was reported of the class last. */
const rowOf = ({ vendor, class: cls }: Cohort): string => `cohort/${cohortSubject(vendor, cls)}`

export const classMoved = (
  { control, time, knowledge }: ControlEntry,
  what: Activation,
  states: States,
): Effects<AnomalyState, Breaker> => {
  const events: Array<AuditDraft> = [controlEvent(what, control.reasons)]
  const cohort = cohortOf(knowledge.items.values(), what.hash)
  if (cohort === null || control.elsewhere === true) return { states: [], events, releases: [] }
  const moved = cohort.measurements.filter((one) => one.moved !== null)
  const row = rowOf(cohort)
  const known = states.get(row)
  const now = moved.length === 0 ? 0 : nameHash(moved.map(({ name, moved: to }) => `${name} ${to}`).join("\n")) || 1
  if (now === (known?.class ?? 0)) return { states: [], events, releases: [] }
  const draft = ownRow(known, time)
  draft.class = now
  if (now !== 0) events.push(incidentOf(cohort, moved))
  return { states: [[row, LAYOUT.seal(draft)]], events, releases: [] }
}

const cohortOf = (items: Iterable<Active<unknown>>, hash: string): Cohort | null => {
  for (const active of items) if (active.hash === hash) return active.body as Cohort
  return null
}

const incidentOf = ({ vendor, class: cls, from, to }: Cohort, moved: Cohort["measurements"]): AuditDraft => ({
  kind: "incident",
  detail: JSON.stringify({
    what: "a class of devices has moved as a whole, as an aggregator has signed",
    vendor,
    class: cls,
    from,
    to,
    measurements: moved.map(({ name, devices, moved: direction }) => ({ name, devices, direction })),
  }),
})
