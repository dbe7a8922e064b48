/**
 * The honest kinds by the last stage alone, in bulk: how often is a machine watched or quarantined that did nothing wrong?
 * Kinds that are about positions, clocks or firmware are for the whole pipeline.
 */
import { type Fared, KINDS, type Kind, LEARNED_AFTER, randomOf, wrongOf } from "@assay/fleet"
import type { AnyStage, Knowledge } from "@assay/trust"
import { OneDevice } from "./stage-only.ts"

/** 2026-01-05T00:00:00Z, a Monday. */
const START = Date.UTC(2026, 0, 5)
const DAY_MS = 86_400_000
/** A kind that says much gets fewer of the days: none takes more than so many messages. */
const MOST_MESSAGES = 300_000
/** A run of one machine, in days, where its kind asks for no longer one. */
const RUN_DAYS = 30

export interface KindFigures extends Fared {
  readonly kind: string
  readonly deviceDays: number
  /** Of the messages, those with an alarm of a detector. */
  readonly alarming: number
  /** What is wrong by the kind's own words; empty where it is as it should be. */
  readonly wrong: ReadonlyArray<string>
}

/** How many days each kind gets of `deviceDays` in all, by how much it says: whole runs, at least one. */
export const sharesOf = (
  kinds: ReadonlyArray<Kind>,
  deviceDays: number,
): ReadonlyArray<{ readonly kind: Kind; readonly machines: number; readonly days: number }> => {
  const shares = kinds.map((kind) => ({ kind, most: MOST_MESSAGES / kind.perDay }))
  // What the talkative cannot take the others share: level the water until all is given out.
  let level = deviceDays / kinds.length
  for (let round = 0; round < kinds.length; round++) {
    const full = shares.filter(({ most }) => most <= level)
    const rest = deviceDays - full.reduce((sum, { most }) => sum + most, 0)
    if (full.length === shares.length) break
    level = Math.max(level, rest / (shares.length - full.length))
  }
  return shares.map(({ kind, most }) => {
    const days = Math.min(most, level)
    const run = Math.min(Math.max(kind.days, days / 4), Math.max(kind.days, RUN_DAYS))
    return { kind, machines: Math.ceil(days / run), days: run }
  })
}

/** One kind, its machines one after the other. */
export const judgeKind = (
  stage: AnyStage,
  knowledge: Knowledge,
  { kind, machines, days }: { readonly kind: Kind; readonly machines: number; readonly days: number },
  seed: string,
): KindFigures => {
  let messages = 0
  let unverified = 0
  let alarming = 0
  let watches = 0
  let quarantines = 0
  let untrusted = 0
  for (let nth = 0; nth < machines; nth++) {
    const device = new OneDevice(stage, START, knowledge)
    let said = 0
    for (const { at, values, iat } of kind.emit(randomOf(`${seed} ${kind.name} ${nth}`), START)) {
      if (at >= START + days * DAY_MS) break
      const { outcome, alarms } = device.say(at, values, iat)
      if (++said <= LEARNED_AFTER) continue
      messages++
      if (outcome !== "verified") unverified++
      if (alarms.length > 0) alarming++
    }
    watches += device.transitions.filter(({ to }) => to === "watched").length
    quarantines += device.transitions.filter(({ to }) => to === "quarantined").length
    if (said > LEARNED_AFTER && device.trust !== "trusted") untrusted++
  }
  const figures = {
    machines,
    deviceDays: machines * days,
    messages,
    unverified,
    alarming,
    watches,
    quarantines,
    untrusted,
  }
  return { kind: kind.name, ...figures, wrong: wrongOf(kind, figures) }
}

/** All kinds of which the last stage can tell, `deviceDays` together (a few more, since runs are whole). */
export const measureHonest = (
  stage: AnyStage,
  knowledge: Knowledge,
  deviceDays: number,
  seed: string,
  onProgress: (line: string) => void,
): ReadonlyArray<KindFigures> =>
  sharesOf(
    KINDS.filter(({ isAboutValues }) => isAboutValues),
    deviceDays,
  ).map((share, nth, all) => {
    onProgress(`honest kinds: ${nth + 1} of ${all.length}, ${share.kind.name}: ${share.machines} machines`)
    return judgeKind(stage, knowledge, share, seed)
  })
