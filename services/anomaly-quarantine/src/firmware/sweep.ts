/**
 * Knowledge came into force by which firmware is vulnerable or revoked: every device of the partition that runs it, by its own last
 * word, is looked at then, without a message of it. Those that run what is revoked are watched from there on, which takes their
 * passports away; nobody is charged. One incident has the counts. Pure.
 */
import { type Breaker, enter, nameHash } from "@assay/detection"
import { flawedFirmware } from "@assay/knowledge/firmware"
import type { AuditDraft, Effects, Knowledge, ReasonCode } from "@assay/trust"
import { transition } from "../record-transition.ts"
import { type AnomalyState, draftOf, LAYOUT, ownRow, type States } from "../state.ts"
import { flawedIn } from "./running.ts"

type Outcome = Effects<AnomalyState, Breaker>

/** Kinds whose items say what firmware is good. */
export const FIRMWARE_KINDS: ReadonlySet<string> = new Set(["bundle", "reference-values", "advisory"])

/** A row of the stage's own: what was found last (`class`), and whether devices are left to be moved (`overflow`). */
const ROW = "firmware/sweep"
/** Devices that one entry moves; ticks move the rest. */
const MAX_MOVED = 1_024
const CAUSE: ReadonlyArray<ReasonCode> = ["anomaly.firmware_withdrawn"]
/** Of one incident: the rest is in the counts. */
const MAX_NAMED = 8

interface Found {
  /** Devices that run each flawed firmware, by its place in `flawedFirmware`. */
  readonly counts: ReadonlyMap<number, number>
  /** Those that are trusted and run what is revoked, by name. */
  readonly toMove: ReadonlyArray<string>
}

const look = (states: States, knowledge: Knowledge): Found => {
  const all = flawedFirmware(knowledge)
  const flawed = flawedIn(knowledge)
  const counts = new Map<number, number>()
  if (all.length === 0) return { counts, toMove: [] }
  const toMove = states.admittedWhere((state) => {
    const index = flawed.indexOf(state)
    if (index < 0) return false
    counts.set(index, (counts.get(index) ?? 0) + 1)
    return all[index]!.status === "revoked" && state.trust === "trusted"
  })
  return { counts, toMove }
}

/** Moves the first of them. */
const move = (
  devices: ReadonlyArray<string>,
  time: number,
  states: States,
): { readonly moved: Outcome["states"]; readonly events: ReadonlyArray<AuditDraft> } => {
  const moved: Array<readonly [string, AnomalyState]> = []
  const events: Array<AuditDraft> = []
  for (const device of devices.slice(0, MAX_MOVED)) {
    const draft = draftOf(states.get(device), time)
    enter(draft, "watched", time)
    moved.push([device, LAYOUT.seal(draft)])
    events.push(transition(device, "trusted", "watched", CAUSE))
  }
  return { moved, events }
}

/** Null where nothing that anybody runs is flawed, or it was said before. */
const incidentOf = ({ counts, toMove }: Found, knowledge: Knowledge, item: string): AuditDraft => {
  const all = flawedFirmware(knowledge)
  const firmware = [...counts]
    .toSorted(([a], [b]) => a - b)
    .map(([index, devices]) => {
      const { vendor, class: cls, version, status } = all[index]!
      return { vendor, class: cls, version, status, devices }
    })
  const detail = {
    what: "devices run firmware that is listed as vulnerable or revoked; those of revoked firmware are watched, and their passports count no more",
    item,
    devices: firmware.reduce((sum, { devices }) => sum + devices, 0),
    watched: toMove.length,
    firmware: firmware.slice(0, MAX_NAMED),
  }
  return { kind: "incident", detail: JSON.stringify(detail) }
}

/** Stands for what was found: what is found again is not said again. */
const markOf = ({ counts }: Found, knowledge: Knowledge): number => {
  if (counts.size === 0) return 0
  const all = flawedFirmware(knowledge)
  const lines = [...counts.keys()].map((index) => {
    const { vendor, class: cls, version, digest, status } = all[index]!
    return [vendor, cls, version, digest, status].join("\n")
  })
  return nameHash(lines.toSorted().join("\n\n")) || 1
}

/** @param item `kind hash` of what came into force */
export const reappraise = (item: string, time: number, states: States, knowledge: Knowledge): Outcome => {
  const found = look(states, knowledge)
  const known = states.get(ROW)
  const mark = markOf(found, knowledge)
  const left = Math.max(0, found.toMove.length - MAX_MOVED)
  const said = mark !== 0 && (mark !== (known?.class ?? 0) || found.toMove.length > 0)
  const { moved, events } = move(found.toMove, time, states)
  if (mark === (known?.class ?? 0) && left === (known?.overflow ?? 0) && moved.length === 0)
    return { states: [], events: [], releases: [] }
  const row = ownRow(known, time)
  row.class = mark
  row.overflow = left
  return {
    states: [...moved, [ROW, LAYOUT.seal(row)]],
    events: [...(said ? [incidentOf(found, knowledge, item)] : []), ...events],
    releases: [],
  }
}

/** Goes on with what one entry could not move; at a tick. Null where nothing is left. */
export const goOn = (time: number, states: States, knowledge: Knowledge): Outcome | null => {
  const known = states.get(ROW)
  if (known === undefined || known.overflow === 0) return null
  const { toMove } = look(states, knowledge)
  const { moved, events } = move(toMove, time, states)
  const row = ownRow(known, time)
  row.overflow = Math.max(0, toMove.length - MAX_MOVED)
  return { states: [...moved, [ROW, LAYOUT.seal(row)]], events, releases: [] }
}
