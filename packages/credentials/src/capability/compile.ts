/** Capabilities: what a credential grants its device, and the form in which every message is checked against it. */

import { Lru } from "@assay/bounded"
import type { Action, DeclaredKind } from "@assay/trust"

/** Readings that a device may send. Null members do not restrict. */
export interface MeasurementGrant {
  /** A pattern over resolved SenML names. */
  readonly name: string
  /** The exact unit that a reading must carry. */
  readonly unit: string | null
  /** Inclusive bounds; a grant that has one admits numbers only. */
  readonly min: number | null
  readonly max: number | null
  /** What is declared of what it names, so that it need not be learned: its kind, and seconds from one value to the next. */
  readonly kind?: DeclaredKind | undefined
  readonly period?: number | undefined
}

export interface Capabilities {
  readonly measurements: ReadonlyArray<MeasurementGrant>
  readonly actions: ReadonlyArray<Action>
  /** Audience patterns: one exact URI, or a prefix that ends with `/*`. */
  readonly audiences: ReadonlyArray<string>
  /** Messages per minute, a whole number from 1; also the burst. */
  readonly ratePerMinute: number
  /**
   * How old its messages may be, in seconds by the log, where that differs from what the profile says of its class; never more
   * than the profile allows the most patient class. Left out where it names none.
   */
  readonly maxAges?: MaxAges | undefined
}

export type MaxAges = Readonly<Partial<Record<Action, number>>>

export interface CompiledCapabilities {
  readonly source: Capabilities
  /** Grants with an exact name, by name. */
  readonly exact: ReadonlyMap<string, ReadonlyArray<MeasurementGrant>>
  /** Grants with a trailing `*`; `prefix` is without it. */
  readonly prefixes: ReadonlyArray<{ readonly prefix: string; readonly grant: MeasurementGrant }>
  readonly actions: ReadonlySet<Action>
  readonly audiences: ReadonlySet<string>
  readonly audiencePrefixes: ReadonlyArray<string>
}

const withoutStar = (pattern: string): string => pattern.slice(0, -1)

/** Sorts the grants for checking; see `check.ts`. */
export const compileCapabilities = (source: Capabilities): CompiledCapabilities => {
  const exact = new Map<string, MeasurementGrant[]>()
  const prefixes: Array<{ prefix: string; grant: MeasurementGrant }> = []
  for (const grant of source.measurements) {
    if (grant.name.endsWith("*")) prefixes.push({ prefix: withoutStar(grant.name), grant })
    else exact.set(grant.name, [...(exact.get(grant.name) ?? []), grant])
  }
  return {
    source,
    exact,
    prefixes,
    actions: new Set(source.actions),
    audiences: new Set(source.audiences.filter((pattern) => !pattern.endsWith("*"))),
    audiencePrefixes: source.audiences.filter((pattern) => pattern.endsWith("*")).map(withoutStar),
  }
}

/** A grant as equal texts have it: what declares nothing is as long as it was. */
export const grantText = ({ name, unit, min, max, kind, period }: MeasurementGrant): ReadonlyArray<unknown> =>
  kind === undefined && period === undefined
    ? [name, unit, min, max]
    : [name, unit, min, max, kind ?? null, period ?? null]

/** A fleet of one product shares few sets; beyond this many distinct ones, the oldest are compiled again when met. */
const INTERNED = 8192
const interned = new Lru<CompiledCapabilities>(INTERNED)

/** The one shared compiled object of equal capabilities, so that a million devices of one product hold one copy. */
export const internCapabilities = (source: Capabilities): CompiledCapabilities => {
  const { measurements, actions, audiences, ratePerMinute, maxAges } = source
  const key = JSON.stringify([measurements.map(grantText), actions, audiences, ratePerMinute, maxAges])
  let compiled = interned.get(key)
  if (compiled === undefined) {
    compiled = compileCapabilities(source)
    interned.set(key, compiled)
  }
  return compiled
}
