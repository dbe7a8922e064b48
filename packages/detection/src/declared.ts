/**
 * What the roots have declared of a measurement (profile): its kind, its period and its range. A declared kind is judged by its own
 * rule from the first value on, and counts until it is contradicted: by as many values as would have made another kind of it.
 * That is said once, and then counts what is learned. A declaration that changes is examined anew.
 */
import type { DeclaredKind } from "@assay/trust"
import type { Arrivals } from "./arrivals.ts"
import type { Baseline, Sample } from "./baseline.ts"
import type { Kind } from "./kind-names.ts"
import { become, kindOf } from "./kinds/learn.ts"
import { learnState, startState } from "./kinds/state.ts"

export interface Declared {
  /** A number for kind and period together, 1 to 65535: another one says that the declaration has changed. */
  readonly id: number
  readonly kind: DeclaredKind | null
  /** Milliseconds; 0 where none is declared. */
  readonly periodMs: number
  /** Inclusive; infinite where none is declared. */
  readonly min: number
  readonly max: number
}

/** What was contradicted of a declaration: bits of `contradicted`. */
const KIND = 1
const PERIOD = 2

/** Moves after which a measurement is no constant, and moves upwards without any down after which it is no gauge. */
const CONSTANT_MOVES = 4
const GAUGE_MOVES = 128
/** Values before a period can be contradicted, and how many times as often or seldom they must come. */
const PERIOD_SAMPLES = 16
const PERIOD_FACTOR = 4

/** The kind by which the measurement is judged as it is declared; null where none is, or it was contradicted. */
export const kindInForce = (of: Baseline, declared: Declared | null): DeclaredKind | null =>
  declared === null || (of.contradicted & KIND) !== 0 ? null : declared.kind

/** A gauge that has not moved yet looks like a constant, and one that rests a lot is coarse. */
const isOfKind = (kind: Kind, declared: DeclaredKind): boolean =>
  kind === declared || (declared === "gauge" && (kind === "coarse" || kind === "constant"))

/** The kind that a measurement becomes by what was counted, within what is declared of it. */
export const kindWithin = (next: Kind, declared: DeclaredKind): Kind =>
  isOfKind(next, declared) ? next : declared === "gauge" && next === "state" ? "coarse" : declared

/** Takes note of a declaration, in place, before a value is looked at. @param sample that value, filled in */
export const declare = (of: Baseline, declared: Declared | null, sample: Sample): void => {
  const id = declared?.id ?? 0
  if (id === of.declaration) return
  of.declaration = id
  of.contradicted = 0
  const kind = declared?.kind ?? null
  if (kind === null || isOfKind(of.kind, kind)) return
  become(of, kind, sample)
  if (kind === "state") startState(of, sample)
}

/** The first value of a measurement with a declared kind, in place. */
export const startDeclared = (of: Baseline, declared: Declared | null, sample: Sample): void => {
  of.declaration = declared?.id ?? 0
  const kind = declared?.kind ?? null
  if (kind !== "counter" && kind !== "state") return
  of.kind = kind
  of.level = 0
  of.short = 0
  of.middle = 0
  of.low = 0
  of.high = 0
  if (kind === "state") learnState(of, sample)
}

/** The kind that the values show, against the declared one; null where they do not contradict it. */
export const observedAgainst = (of: Baseline, declared: DeclaredKind): Kind | null => {
  const { kind, moves, backs } = of
  switch (declared) {
    case "constant":
      return moves < CONSTANT_MOVES ? null : kindOf(of) === "state" ? "state" : "gauge"
    case "gauge":
      return moves >= GAUGE_MOVES && backs === 0 ? "counter" : null
    case "counter":
      return kindOf(of) === kind ? null : kindOf(of)
    case "state":
      return null // one with too many values says so itself (kinds/state.ts)
  }
}

export const contradictKind = (of: Baseline): void => {
  of.contradicted |= KIND
}

/** Judges the declared period, in place. @returns whether the values contradict it now, and had not before */
export const contradictsPeriod = (
  of: Baseline,
  declared: Declared | null,
  { samples, age }: Pick<Sample, "samples" | "age">,
  { gap, gaps }: Pick<Arrivals, "gap" | "gaps">,
): boolean => {
  if (declared === null || declared.periodMs === 0 || (of.contradicted & PERIOD) !== 0) return false
  if (samples < PERIOD_SAMPLES) return false
  const isOften = (age * 1000) / samples < declared.periodMs / PERIOD_FACTOR
  // Of the whole device: messages that were lost, or a long absence, make no period.
  const isSeldom = gaps >= PERIOD_SAMPLES && gap > PERIOD_FACTOR * declared.periodMs
  if (!isOften && !isSeldom) return false
  of.contradicted |= PERIOD
  return true
}

/** The declared period in milliseconds as long as it counts; 0 where none does. */
export const periodInForce = (of: Pick<Baseline, "contradicted" | "declaration">, declared: Declared | null): number =>
  declared === null || (of.declaration === declared.id && (of.contradicted & PERIOD) !== 0) ? 0 : declared.periodMs
