/**
 * The layout of what is remembered of one device: a header, then one slot per measurement, then whatever the owner
 * keeps behind (the service keeps held origins there).
 *
 * A plain array of doubles, not a typed array: a Float64Array of this size lies outside the heap and takes 890 B
 * resident and 1.25 us to copy, the same numbers as an array of doubles 440 B and 0.67 us (200,000 devices, Node 24).
 * All cells must stay doubles for that: grow arrays only with `newCells` and `addSlot`.
 */
export type Cells = ReadonlyArray<number>
/** A private copy that is being changed; never one that somebody else can see. */
export type Draft = number[]

/** Index in TRUST_STATES; -1 in the partition's own cells. */
export const TRUST = 0
/** When the trust state was entered; milliseconds since 1970, like all times here. */
export const SINCE = 1
/** When a timed quarantine ends; 0 where only an operator ends it. */
export const UNTIL = 2
/** Quarantines so far: the cooldown grows with them. */
export const REPEATS = 3
/** Clean messages in a row (positive), or messages with two families alarmed in a row (negative). */
export const RUN = 4
/** Evidence for and against, with forgetting (see reputation.ts). */
export const GOOD = 5
export const BAD = 6
/** When the device was last heard. */
export const HEARD = 7
/** Fill of the absolute and of the relative rate bucket (see rate.ts), in messages. */
export const FLOOD = 8
export const RATE = 9
/** Learned mean gap between messages in milliseconds, and how many gaps it is made of (at most 255). */
export const GAP = 10
export const GAPS = 11
/** Suspicion 0..1 of each family of evidence, in the order of FAMILIES. */
export const SUSPICION = 12
/** Strikes within the window that began at STRUCK (see evidence.ts). */
export const STRIKES = 16
export const STRUCK = 17
/** Why it is quarantined: one of CAUSE_*. */
export const CAUSE = 18
/** How many slots follow. */
export const SLOTS = 19
export const HEADER = 20

export const CAUSE_NONE = 0
export const CAUSE_STATISTICAL = 1
/** Proven by signed evidence: never timed, released by two operators only. */
export const CAUSE_PROVEN = 2
export const CAUSE_OPERATOR = 3

/** Within a slot: FNV-1a of the measurement's name. */
export const NAME = 0
/** Samples learned (at most SAMPLES_MAX). */
export const SAMPLES = 1
/** Slow and quick mean. */
export const LEVEL = 2
export const SHORT = 3
/** Typical size of a step between two samples: the unit of all thresholds. */
export const SCALE = 4
export const LOW = 5
export const HIGH = 6
export const LAST = 7
/** Length of the present run of one value, plus 1024 times the longest one learned. */
export const RUNS = 8
/** Frozen mean that drift is measured against, and the cumulative sum of the excess. */
export const ANCHOR = 9
export const CUSUM = 10
export const SLOT = 11

export const SAMPLES_MAX = 65_535

// The fractions make V8 choose unboxed doubles; every cell is overwritten with 0 afterwards.
const doubles = (length: number): Draft => {
  const cells: Draft = [0.5]
  while (cells.length < length) cells.push(0.5)
  return cells.fill(0)
}
const EMPTY = doubles(HEADER)
const EMPTY_SLOT = doubles(SLOT)

/** A device never seen: learning (index 0), no evidence, no measurements. */
export const newCells = (time: number): Draft => {
  const cells = EMPTY.slice()
  cells[SINCE] = time
  cells[HEARD] = time
  return cells
}

/** Builds cells of `length` from whatever `at` reads. */
export const cellsFrom = (length: number, at: (index: number) => number): Draft => {
  const cells: Draft = [0.5]
  cells.pop()
  for (let index = 0; index < length; index++) cells.push(at(index))
  // Pushing reserves half as much again; a copy takes what it needs.
  return cells.slice()
}

/** Where slot `index` begins; with `cells[SLOTS]` it is where the owner's tail begins. */
export const slotAt = (index: number): number => HEADER + index * SLOT

/** The slot of a name, or -1. */
export const findSlot = (cells: Cells, name: number): number => {
  const count = cells[SLOTS]!
  for (let index = 0, at = HEADER; index < count; index++, at += SLOT) if (cells[at + NAME] === name) return at
  return -1
}

/** Adds a slot behind the last one, in place; a tail moves up. */
export const addSlot = (cells: Draft, name: number): number => {
  const at = slotAt(cells[SLOTS]!)
  if (at === cells.length) for (const value of EMPTY_SLOT) cells.push(value)
  else cells.splice(at, 0, ...EMPTY_SLOT)
  cells[at + NAME] = name
  cells[SLOTS] = cells[SLOTS]! + 1
  return at
}

/** Forgets what was learned of values and rhythm, in place: an operator has approved a new baseline. */
export const forget = (cells: Draft): void => {
  cells.splice(HEADER, cells[SLOTS]! * SLOT)
  cells[SLOTS] = 0
  for (const cell of [FLOOD, RATE, GAP, GAPS, SUSPICION, SUSPICION + 1, SUSPICION + 2, SUSPICION + 3, STRIKES, RUN])
    cells[cell] = 0
}

/** FNV-1a, 32 bits, over UTF-16 units. Two names of one device collide with 2^-32; the device would only confuse itself. */
export const nameHash = (name: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
