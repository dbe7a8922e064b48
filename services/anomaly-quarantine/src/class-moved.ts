/**
 * Statistics of a class came into force: where they say that it has moved as a whole, or that one release explains which of its devices
 * misbehave, that is one incident of the audit record each, in the partition that is the home of the class, and one for as long as they
 * go on to say the same. It moves no device. Pure.
 */
import { type Breaker, nameHash } from "@assay/detection"
import { firmwareOf } from "@assay/knowledge/firmware"
import {
  type Active,
  type AuditDraft,
  type Cohort,
  type CohortRelease,
  type ControlEntry,
  type ControlFact,
  cohortSubject,
  type Effects,
  type Knowledge,
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
  const { releases = [] } = cohort
  const rows = [
    said(
      rowOf(cohort),
      moved.map(({ name, moved: to }) => `${name} ${to}`),
      time,
      states,
    ),
    said(
      `${rowOf(cohort)}/release`,
      releases.map(({ version, digest }) => `${version} ${digest}`),
      time,
      states,
    ),
  ]
  if (rows[0]?.isNew === true) events.push(incidentOf(cohort, moved))
  if (rows[1]?.isNew === true) for (const release of releases) events.push(commonCauseOf(cohort, release, knowledge))
  return { states: rows.flatMap((one) => (one === null ? [] : [one.row])), events, releases: [] }
}

interface Said {
  readonly row: readonly [string, AnomalyState]
  /** Whether it is anything, and was not said before. */
  readonly isNew: boolean
}

/** Null where it is what was said last. */
const said = (key: string, lines: ReadonlyArray<string>, time: number, states: States): Said | null => {
  const known = states.get(key)
  const now = lines.length === 0 ? 0 : nameHash(lines.join("\n")) || 1
  if (now === (known?.class ?? 0)) return null
  const draft = ownRow(known, time)
  draft.class = now
  return { row: [key, LAYOUT.seal(draft)], isNew: now !== 0 }
}

const cohortOf = (items: Iterable<Active<unknown>>, hash: string): Cohort | null => {
  for (const active of items) if (active.hash === hash) return active.body as Cohort
  return null
}

/** With the waves that run the release, where its maker has signed any. */
const commonCauseOf = (
  { vendor, class: cls, from, to }: Cohort,
  release: CohortRelease,
  knowledge: Knowledge,
): AuditDraft => {
  const rollouts = firmwareOf(knowledge, vendor, cls)?.model?.rollouts ?? []
  const waves = rollouts.filter(({ version }) => version === release.version).map(({ wave }) => wave)
  const what = "a release is the common cause of devices that misbehave, as an aggregator has signed: stop its rollout"
  return { kind: "incident", detail: JSON.stringify({ what, vendor, class: cls, from, to, ...release, waves }) }
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
