/**
 * What is declared of a device's measurements: by the profile in force, by vendor, class and name, and by the credential that admitted
 * the device, by name. The profile counts where both say something of the same; ranges of credentials are credential-checker's.
 */
import { Lru } from "@assay/bounded"
import { declarationsIn } from "@assay/credentials"
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

const declaredOf = ({
  kind,
  period,
  min,
  max,
}: Pick<MeasurementDeclaration, "kind" | "period" | "min" | "max">): Declared => ({
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

/** By the profile at an entry; null where nothing is declared of any measurement. */
const byRoots: (knowledge: Knowledge) => DeclaredOf | null = byProfile<DeclaredOf | null>(null, compile)

/** Texts of credentials: devices of one product share theirs. */
const KEPT_TEXTS = 1_024

const read = (text: string): ((name: string) => Declared | null) => {
  const all = declarationsIn(text).map(({ name, kind = null, period = null }) => ({
    name,
    declared: declaredOf({ kind, period, min: null, max: null }),
  }))
  return (name) => all.find((one) => matches(one.name, name))?.declared ?? null
}

const texts = new Lru<ReturnType<typeof read>>(KEPT_TEXTS)

const byCredential = (text: string): ReturnType<typeof read> => {
  let found = texts.get(text)
  if (found === undefined) {
    found = read(text)
    texts.set(text, found)
  }
  return found
}

const together = (roots: Declared | null, own: Declared | null): Declared | null => {
  if (roots === null || own === null) return roots ?? own
  const kind = roots.kind ?? own.kind
  const periodMs = roots.periodMs || own.periodMs
  const { min, max } = roots
  return { ...declaredOf({ kind, period: periodMs === 0 ? null : periodMs / 1000, min: null, max: null }), min, max }
}

/**
 * At an entry; null where nothing is declared of any measurement.
 * @param declares of the device's state
 */
export const declarationsOf = (knowledge: Knowledge, declares: string | null): DeclaredOf | null => {
  const roots = byRoots(knowledge)
  if (declares === null) return roots
  const own = byCredential(declares)
  return (subject, name) => together(roots?.(subject, name) ?? null, own(name))
}

/** The shortest period, in milliseconds, that is declared of the readings of a message and counts; 0 where none is. */
export const periodOf = (readings: ReadonlyArray<Reading>, periodInForce: (name: string) => number): number => {
  let shortest = 0
  for (const { name } of readings) {
    const period = periodInForce(name)
    if (period > 0 && (shortest === 0 || period < shortest)) shortest = period
  }
  return shortest
}
