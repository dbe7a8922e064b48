/**
 * Changes that a whole class shows: a heat wave, a new firmware on all. What more than half of all devices of a class in this
 * partition report of one measurement within a few hours, all to one side, is one incident and not the fault of each: while it stands
 * their alarms of it are reported and raise no suspicion. It rests on what these devices signed, and on nothing else: a minority
 * opens none, and no key does. In place.
 */
import { bool, type DraftOf, list, type ReaderOf, safe, u32 } from "@assay/layout"

/** A device's report counts once within it, milliseconds of the log. */
export const CLASS_WINDOW_MS = 4 * 3_600_000
/** Fewer devices are no class. */
export const CLASS_DEVICES = 5
/** An incident stands for so many windows at most; then for as long as it stood none of the same change is opened. */
export const CLASS_WINDOWS_MAX = 6
/** Classes whose devices are counted: the first ones. Of others no incident is opened. */
const CLASSES_MAX = 16
/** Changes of their measurements that are counted at a time. */
const CHANGES_MAX = 16

export const CLASSES = {
  /** How many devices of a class were ever heard in this partition. No row goes: a lost count would make a majority of a few. */
  classes: list({ id: u32(), devices: u32() }, CLASSES_MAX),
  /** What some of them reported: of which measurement, to which side; by how many in the latest window. */
  changes: list(
    {
      class: u32(),
      name: u32(),
      up: bool(),
      window: u32(),
      devices: u32(),
      /** The windows in which an incident was opened, and in which it stands no more; 0 where none was. */
      since: u32(),
      until: u32(),
      /** When it was opened, milliseconds by the log. */
      opened: safe(),
    },
    CHANGES_MAX,
  ),
} as const

export type Classes = Pick<DraftOf<typeof CLASSES>, "classes" | "changes">
type Change = ReturnType<Classes["changes"]["at"]>
/** The same, sealed or being changed. */
type Known = Pick<ReaderOf<typeof CLASSES>, "changes">

export const windowOf = (time: number): number => Math.floor(time / CLASS_WINDOW_MS)

/** What a device reports: a measurement of its class, to one side. */
export interface Reported {
  readonly class: number
  readonly name: number
  readonly up: boolean
}

/** A device of a class is heard for the first time. */
export const countDevice = ({ classes }: Classes, id: number): void => {
  for (const one of classes)
    if (one.id === id) {
      one.devices += 1
      return
    }
  if (classes.length === CLASSES_MAX) return
  const added = classes.push()
  added.id = id
  added.devices = 1
}

const devicesOf = ({ classes }: Classes, id: number): number => {
  for (const one of classes) if (one.id === id) return one.devices
  return Number.POSITIVE_INFINITY
}

const changeIn = <Item extends Reported>(changes: Iterable<Item>, reported: Reported): Item | null => {
  for (const one of changes)
    if (one.class === reported.class && one.name === reported.name && one.up === reported.up) return one
  return null
}

/** An incident is worth the most, also while it must rest; then what was reported last, and by many. */
const worthOf = ({ since, until, window, devices }: Change, now: number): number =>
  until + (until - since) > now ? Number.MAX_SAFE_INTEGER : window * 2 ** 20 + devices

const addChange = ({ changes }: Classes, { class: of, name, up }: Reported, window: number): Change => {
  if (changes.length === CHANGES_MAX) {
    let least = 0
    for (let index = 1; index < CHANGES_MAX; index++)
      if (worthOf(changes.at(index), window) < worthOf(changes.at(least), window)) least = index
    changes.remove(least)
  }
  const added = changes.push()
  added.class = of
  added.name = name
  added.up = up
  added.window = window
  return added
}

/** A device reports it for the first time in a window. @returns whether that opens an incident */
export const countChange = (of: Classes, reported: Reported, time: number): boolean => {
  const window = windowOf(time)
  const found = changeIn(of.changes, reported) ?? addChange(of, reported, window)
  if (found.window !== window) {
    found.window = window
    found.devices = 0
  }
  found.devices += 1
  if (found.devices < CLASS_DEVICES || 2 * found.devices <= devicesOf(of, reported.class)) return false
  const { since, until } = found
  if (until > window) {
    found.until = Math.min(window + 2, since + CLASS_WINDOWS_MAX)
    return false
  }
  if (window < until + (until - since)) return false
  found.since = window
  found.until = window + 2
  found.opened = time
  return true
}

/** Since when an incident of this change stands, milliseconds by the log; null where none does. */
export const standsSince = ({ changes }: Known, reported: Reported, time: number): number | null => {
  const found = changeIn(changes, reported)
  return found !== null && found.until > windowOf(time) ? found.opened : null
}
