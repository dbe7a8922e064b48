/** Honest kinds of machines through the whole pipeline: keys, positions, clocks, firmware and values. */
import {
  type Arrival,
  type Fared,
  type Kind,
  LEARNED_AFTER,
  machineOf,
  STILL_PUNISHED,
  together,
  World,
  wrongOf,
} from "@assay/fleet"
import { DEFAULT_RULES, OUTCOMES, type Outcome, type ReasonCode, type TrustState } from "@assay/trust"
import { OwnTimeNode } from "./node.ts"

export interface HonestOptions {
  readonly kinds: ReadonlyArray<Kind>
  readonly seed: string
  /** Most messages of one machine of a kind. It never says more than its kind's `days` take. */
  readonly messages: (kind: Kind) => number
  /** Machines of each kind. */
  readonly machines: number
  readonly onProgress: (line: string) => void
}

/** What became of the machines of a kind. */
export interface HonestRow extends Fared {
  readonly kind: string
  readonly title: string
  readonly outcomes: Readonly<Record<Outcome, number>>
  readonly reasons: Readonly<Partial<Record<ReasonCode, number>>>
  /** What is wrong by the kind's own words. */
  readonly wrong: ReadonlyArray<string>
  /** The part of it that moved trust; the rest is a share of messages not verified, which few messages do not show well. */
  readonly punished: ReadonlyArray<string>
  /** Why that is known; null where it is not on the list of those that are still punished. */
  readonly known: string | null
}

/** 2026-01-05T00:00:00Z, a Monday. */
const START = Date.UTC(2026, 0, 5)
const DAY_MS = 86_400_000
/** A node is there before its first message. */
const EARLIER_S = 3_600
const RATE_PER_MINUTE = 240
/** Of all machines, on both nodes. */
const DEVICE_CLASS = "weather"
const PROGRESS_EVERY = 5_000

interface Book {
  readonly kind: Kind
  said: number
  messages: number
  unverified: number
  watches: number
  quarantines: number
  trust: TrustState
  readonly outcomes: Record<Outcome, number>
  readonly reasons: Partial<Record<ReasonCode, number>>
}

/**
 * The machines of all kinds, in the order of `kinds`. Those that may lose their position are on a node of their own, whose
 * profile names their class as volatile.
 */
export const judgeHonest = async (options: HonestOptions): Promise<ReadonlyArray<HonestRow>> => {
  const { kinds } = options
  const [volatile, others] = [true, false].map((is) => kinds.filter((kind) => (kind.isVolatile === true) === is))
  const rows = [
    ...(await judgeTogether(options, others!, [])),
    ...(await judgeTogether(options, volatile!, [DEVICE_CLASS])),
  ]
  return kinds.map(({ name }) => rows.find(({ kind }) => kind === name)!)
}

/** All machines on one node, in one order of time. Every machine of a kind begins at the same moment. */
const judgeTogether = async (
  { seed, machines, messages, onProgress }: HonestOptions,
  kinds: ReadonlyArray<Kind>,
  volatile: ReadonlyArray<string>,
): Promise<ReadonlyArray<HonestRow>> => {
  if (kinds.length === 0) return []
  const days = Math.max(...kinds.map((kind) => kind.days))
  const world = new World({
    seed,
    now: START / 1000 - EARLIER_S,
    days: Math.ceil(days) + 2,
    ratePerMinute: RATE_PER_MINUTE,
    deviceClass: DEVICE_CLASS,
    ...(volatile.length === 0 ? {} : { profile: { ...DEFAULT_RULES, volatile } }),
  })
  const books = kinds.flatMap((kind) => Array.from({ length: machines }, () => newBook(kind)))
  const node = await OwnTimeNode.open<number>({
    world,
    onOutcome: ({ tag, decided: { decision }, trustAfter, moves }) => {
      const book = books[tag]!
      book.outcomes[decision.outcome]++
      for (const reason of decision.reasons) book.reasons[reason] = (book.reasons[reason] ?? 0) + 1
      book.trust = trustAfter
      book.watches += moves.filter(({ to }) => to === "watched").length
      book.quarantines += moves.filter(({ to }) => to === "quarantined").length
      if (++book.said <= LEARNED_AFTER) return
      book.messages++
      if (decision.outcome !== "verified") book.unverified++
    },
  })
  try {
    const all = books.map(({ kind }, index) => {
      const run = { nth: index % machines, start: START, end: START + kind.days * DAY_MS }
      return first(machineOf(world, kind, run), messages(kind))
    })
    let done = 0
    for (const { kind, at, did, bytes, machine } of together(all)) {
      if (kind === "presentation") await node.present([{ did, bytes }], at)
      else await node.say(did, bytes, at, machine)
      if (++done % PROGRESS_EVERY === 0) onProgress(`honest kinds: ${done} messages`)
    }
    await node.settle()
  } finally {
    await node.close()
  }
  return kinds.map((kind) =>
    rowOf(
      kind,
      books.filter((book) => book.kind === kind),
    ),
  )
}

const newBook = (kind: Kind): Book => ({
  kind,
  said: 0,
  messages: 0,
  unverified: 0,
  watches: 0,
  quarantines: 0,
  trust: "learning",
  outcomes: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>,
  reasons: {},
})

function* first(machine: Iterable<Arrival>, messages: number): Iterable<Arrival> {
  let said = 0
  for (const arrival of machine) {
    if (arrival.kind === "message" && ++said > messages) return
    yield arrival
  }
}

const rowOf = (kind: Kind, books: ReadonlyArray<Book>): HonestRow => {
  const sum = (of: (book: Book) => number): number => books.reduce((total, book) => total + of(book), 0)
  const fared: Fared = {
    machines: books.length,
    messages: sum(({ messages }) => messages),
    unverified: sum(({ unverified }) => unverified),
    watches: sum(({ watches }) => watches),
    quarantines: sum(({ quarantines }) => quarantines),
    untrusted: books.filter(({ trust, said }) => said > LEARNED_AFTER && trust !== "trusted").length,
  }
  const reasons: Partial<Record<ReasonCode, number>> = {}
  for (const book of books)
    for (const [reason, count] of Object.entries(book.reasons) as ReadonlyArray<[ReasonCode, number]>)
      reasons[reason] = (reasons[reason] ?? 0) + count
  const wrong = wrongOf(kind, fared)
  return {
    kind: kind.name,
    title: kind.title,
    ...fared,
    outcomes: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, sum((book) => book.outcomes[outcome])])) as Record<
      Outcome,
      number
    >,
    reasons,
    wrong,
    punished: wrongOf(kind, { ...fared, unverified: 0 }),
    known: STILL_PUNISHED[kind.name] ?? null,
  }
}

/** Kinds that are wrong and not known to be. */
export const unknownWrongs = (rows: ReadonlyArray<HonestRow>): ReadonlyArray<string> =>
  rows
    .filter(({ wrong, known }) => wrong.length > 0 && known === null)
    .map(({ kind, wrong }) => `honest kind ${kind}: ${wrong.join("; ")}`)

/** Kinds whose trust was moved, and of which that is not known. */
export const unknownPunished = (rows: ReadonlyArray<HonestRow>): ReadonlyArray<string> =>
  rows
    .filter(({ punished, known }) => punished.length > 0 && known === null)
    .map(({ kind, punished }) => `honest kind ${kind}: ${punished.join("; ")}`)
