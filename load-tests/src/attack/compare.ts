/** Whether trust moved: the run with the carrier against the run of the same messages without it. Pure. */
import type { ReasonCode, TrustState } from "@assay/trust"
import { type Doing, doingsTo } from "./carrier.ts"
import type { Fleet } from "./devices.ts"
import { KNOWN_LIMITS, type KnownLimit, limitFor } from "./known-limits.ts"
import { lastStanding, reputationLost, type Side, type Story, storyOf, textOf } from "./story.ts"

/** Something moved that no known limit explains. */
export interface Finding {
  readonly device: string
  /** The name of its kind. */
  readonly kind: string
  readonly did: ReadonlyArray<Doing>
  readonly problem: string
}

export interface Compared {
  readonly findings: ReadonlyArray<Finding>
  /** How many charges each known limit explains, by reason. */
  readonly known: Readonly<Partial<Record<ReasonCode, number>>>
  /** How many falls followed from them, by state. */
  readonly knownFalls: Readonly<Partial<Record<TrustState, number>>>
  /** Devices by what became of them: nothing moved at all; credit was withheld, and nothing taken; known limits were met. */
  readonly unmoved: number
  readonly withheld: number
  readonly limited: number
}

type Counts<Key extends string> = Partial<Record<Key, number>>
const count = <Key extends string>(counts: Counts<Key>, key: Key): void => {
  counts[key] = (counts[key] ?? 0) + 1
}

/** @param limits what a carrier is known to move; a finding is what they do not explain */
export const compare = (
  fleet: Fleet,
  without: Side,
  under: Side,
  limits: ReadonlyArray<KnownLimit> = KNOWN_LIMITS,
): Compared => {
  const findings: Array<Finding> = []
  const known: Counts<ReasonCode> = {}
  const knownFalls: Counts<TrustState> = {}
  let [unmoved, withheld, limited] = [0, 0, 0]
  for (const [device, { name: kind }] of fleet.kinds) {
    const sent = fleet.sent.filter((one) => one.device === device)
    const own = under.deliveries.filter((delivery) => delivery.sent.device === device)
    const did = doingsTo(sent, own, fleet.knownAt)
    const [before, after] = [storyOf(device, without), storyOf(device, under)]
    const charges = [...after.charged].filter((charge) => !before.charged.has(charge))
    const falls = beyond(after.falls, before.falls)
    const problems: Array<string> = []
    for (const charge of charges) {
      const [id, code] = charge.split(" ") as [string, ReasonCode]
      if (limitFor(limits, code, did, kind) !== null) count(known, code)
      else problems.push(`message ${id} is charged with ${code}`)
    }
    for (const to of falls) {
      const explained = to === "stale" ? limitFor(limits, "anomaly.stale", did, kind) !== null : charges.length > 0
      if (explained) count(knownFalls, to)
      else problems.push(`it fell to ${to}, and nothing that it said is charged`)
    }
    if (after.proofs > before.proofs && charges.length === 0) problems.push("a proof against it was recorded")
    const lost = after.charged.size === 0 && after.falls.length === 0 ? reputationLost(after) : null
    if (lost !== null) problems.push(lost)
    if (isOnlyRepeated(did)) problems.push(...differences(before, after))
    findings.push(...problems.map((problem) => ({ device, kind, did: [...did], problem })))
    if (charges.length > 0 || falls.length > 0) limited += 1
    else if (lastStanding(after) === lastStanding(before)) unmoved += 1
    else withheld += 1
  }
  return { findings, known, knownFalls, unmoved, withheld, limited }
}

const isOnlyRepeated = (did: ReadonlySet<Doing>): boolean => [...did].every((doing) => doing === "repeated")

/** What is in `all` more often than in `others`. */
const beyond = <T>(all: ReadonlyArray<T>, others: ReadonlyArray<T>): ReadonlyArray<T> => {
  const left = [...others]
  return all.filter((one) => {
    const at = left.indexOf(one)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

const MOST_TEXT = 400
const short = (text: string): string => (text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}...` : text)

/** What was only repeated is decided as without the carrier: the same outcome, reasons, trust and reputation, once. */
const differences = (before: Story, after: Story): ReadonlyArray<string> => {
  for (const id of new Set([...before.decided.keys(), ...after.decided.keys()])) {
    const [a, b] = [textOf(before.decided.get(id)), textOf(after.decided.get(id))]
    if (a !== b) return [`message ${id} is decided (${short(b)}) where it was (${short(a)})`]
  }
  return []
}
