/** What the profile in force declares of a device's measurements, by vendor, class and name. */
import { Lru } from "@assay/bounded"
import { type Declared, nameHash } from "@assay/detection"
import {
  byProfile,
  type Knowledge,
  type MeasurementDeclaration,
  type Profile,
  type Reading,
  type Subject,
} from "@assay/trust"

/** Finds what is declared of a measurement; null where nothing is. */
export type DeclaredOf = (subject: Subject | null, name: string) => Declared | null

/** Names of late: devices of one product number in thousands, and each may have names of its own. */
const KEPT = 16_384

const matches = (pattern: string, name: string): boolean => {
  if (pattern.endsWith("*")) return name.startsWith(pattern.slice(0, -1))
  return pattern.startsWith("*") ? name.endsWith(pattern.slice(1)) : name === pattern
}

const declaredOf = ({ kind, period, min, max }: MeasurementDeclaration): Declared => ({
  id: nameHash(`${kind} ${period}`) & 0xffff || 1,
  kind,
  periodMs: (period ?? 0) * 1000,
  min: min ?? Number.NEGATIVE_INFINITY,
  max: max ?? Number.POSITIVE_INFINITY,
})

const compile = ({ measurements = [] }: Profile): DeclaredOf | null => {
  if (measurements.length === 0) return null
  const all = measurements.map((one) => ({ ...one, declared: declaredOf(one) }))
  const found = new Lru<Declared | null>(KEPT)
  return (subject, name) => {
    if (subject === null) return null
    const { vendor, class: cls } = subject
    const key = `${vendor}/${cls}/${name}`
    const known = found.get(key)
    if (known !== undefined) return known
    const one = all.find(
      (each) =>
        (each.vendor === null || each.vendor === vendor) &&
        (each.class === null || each.class === cls) &&
        matches(each.name, name),
    )
    const declared = one?.declared ?? null
    found.set(key, declared)
    return declared
  }
}

/** At an entry; null where nothing is declared of any measurement. */
export const declarationsUnder: (knowledge: Knowledge) => DeclaredOf | null = byProfile<DeclaredOf | null>(
  null,
  compile,
)

/** The shortest period, in milliseconds, that is declared of the readings of a message and counts; 0 where none is. */
export const periodOf = (readings: ReadonlyArray<Reading>, periodInForce: (name: string) => number): number => {
  let shortest = 0
  for (const { name } of readings) {
    const period = periodInForce(name)
    if (period > 0 && (shortest === 0 || period < shortest)) shortest = period
  }
  return shortest
}
