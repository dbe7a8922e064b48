/**
 * Which content instances are in the log already, for each container: by resource id and digest of the bytes. The id alone would
 * let whoever guesses an id keep the true instance out; the state tag alone is not unique (a CSE that was killed counts again
 * from what it had saved).
 *
 * Kept in a file of one line for each instance, written after it is durable in the log and before the CSE hears so: what a kill
 * in between leaves is handed over once more, and is recognised in the log as a repeated message.
 *
 *   ["<container>","<instance>",<state tag or null>,"<creation time>","<digest>"]
 */
import { randomBytes } from "node:crypto"
import { closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { readTimestamp } from "./timestamp.ts"

export interface Entry {
  readonly resourceId: string
  readonly stateTag: number | null
  readonly createdAt: string
  readonly digest: string
}

export interface Position {
  /** The greatest state tag that was taken; null: none, or the CSE gives none. */
  readonly stateTag: number | null
  /** The latest creation time of what was taken, milliseconds since 1970; null: nothing was. */
  readonly createdAt: number | null
  /** The same as the CSE wrote it; "" where nothing was. */
  readonly latest: string
  /** `changed`: the id is known with other bytes. */
  look(resourceId: string, digest: string): "new" | "same" | "changed"
  has(resourceId: string): boolean
  add(entry: Entry): void
}

export interface Known {
  /** Behind the address of the adapter, where notifications come: nobody guesses it, and it stays the same over restarts. */
  readonly notifyPath: string
  of(containerId: string): Position
  close(): void
}

/** Of all containers together; the oldest are forgotten. A CSE that tells one of those again is reported from the log alone. */
const MAX_INSTANCES = 262_144
const MAX_CONTAINERS = 20_000
/** Lines above which the file is written anew with what is remembered. */
const MAX_LINES = 2 * MAX_INSTANCES
/** By which the clock of a CSE may be ahead. */
const AHEAD_MS = 60_000
const FILE = "instances.jsonl"

interface Place {
  stateTag: number | null
  /** Milliseconds since 1970. */
  createdAt: number | null
  /** As written. */
  latest: string
}

const lineOf = (container: string, { resourceId, stateTag, createdAt, digest }: Entry): string =>
  `${JSON.stringify([container, resourceId, stateTag, createdAt, digest])}\n`

const keyOf = (container: string, resourceId: string): string => `${container}\n${resourceId}`

/** What is remembered, in the order in which it was taken; bounded. */
class Memory {
  readonly entries = new Map<string, readonly [container: string, entry: Entry]>()
  readonly places = new Map<string, Place>()

  place(container: string): Place {
    let place = this.places.get(container)
    if (place === undefined) {
      place = { stateTag: null, createdAt: null, latest: "" }
      this.places.set(container, place)
      if (this.places.size > MAX_CONTAINERS) this.places.delete(this.places.keys().next().value!)
    }
    return place
  }

  add(container: string, entry: Entry): void {
    const { resourceId, stateTag, createdAt } = entry
    const place = this.place(container)
    if (stateTag !== null) place.stateTag = Math.max(place.stateTag ?? 0, stateTag)
    const at = readTimestamp(createdAt)
    // A time that is not yet would hide what is made until then.
    if (at <= Date.now() + AHEAD_MS && at > (place.createdAt ?? Number.NEGATIVE_INFINITY)) {
      place.createdAt = at
      place.latest = createdAt
    }
    // A line without instance keeps the place of a container whose instances are forgotten.
    if (resourceId === "") return
    const key = keyOf(container, resourceId)
    this.entries.delete(key)
    this.entries.set(key, [container, entry])
    if (this.entries.size > MAX_INSTANCES) this.entries.delete(this.entries.keys().next().value!)
  }

  lines(): ReadonlyArray<string> {
    const places = [...this.places].map(([container, { stateTag, latest }]) =>
      lineOf(container, { resourceId: "", stateTag, createdAt: latest, digest: "" }),
    )
    return [...places, ...[...this.entries.values()].map(([container, entry]) => lineOf(container, entry))]
  }
}

/** A line that a kill has cut off counts as none. */
const readLine = (line: string): readonly [container: string, entry: Entry] | null => {
  let parts: unknown
  try {
    parts = JSON.parse(line)
  } catch {
    return null
  }
  if (!Array.isArray(parts)) return null
  const [container, resourceId, stateTag, createdAt, digest] = parts as ReadonlyArray<unknown>
  const texts = [container, resourceId, createdAt, digest]
  if (!texts.every((text) => typeof text === "string") || (stateTag !== null && !Number.isSafeInteger(stateTag)))
    return null
  return [container as string, { resourceId, stateTag, createdAt, digest } as Entry]
}

/** "" where it is not there. */
const textOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return ""
    throw cause
  }
}

const PATH_FILE = "notify-path"
const NOTIFY_PATH = /^\/onem2m\/[A-Za-z0-9_-]{24}$/

const notifyPathIn = (dir: string | null): string => {
  const kept = dir === null ? "" : textOf(join(dir, PATH_FILE)).trim()
  if (NOTIFY_PATH.test(kept)) return kept
  const made = `/onem2m/${randomBytes(18).toString("base64url")}`
  if (dir !== null) writeFileSync(join(dir, PATH_FILE), `${made}\n`, { mode: 0o600 })
  return made
}

/**
 * @param dir a directory that no other process uses; null: what is known ends with the process
 * @throws Error where the file cannot be read or written
 */
export const openKnown = (dir: string | null): Known => {
  const memory = new Memory()
  const path = dir === null ? null : join(dir, FILE)
  let file: number | null = null
  let lines = 0

  /** Whole, and then in the place of the other: a kill leaves one of both. */
  const rewrite = (to: string): void => {
    writeFileSync(`${to}.new`, memory.lines().join(""), { mode: 0o600 })
    renameSync(`${to}.new`, to)
    if (file !== null) closeSync(file)
    file = openSync(to, "a", 0o600)
    lines = 0
  }
  const write = (line: string): void => {
    if (file === null || path === null) return
    writeSync(file, line)
    if (++lines > MAX_LINES) rewrite(path)
  }

  if (path !== null) {
    for (const line of textOf(path).split("\n")) {
      const read = readLine(line)
      if (read !== null) memory.add(...read)
    }
    rewrite(path)
  }
  return {
    notifyPath: notifyPathIn(dir),
    of: (container) => ({
      get stateTag() {
        return memory.place(container).stateTag
      },
      get createdAt() {
        return memory.place(container).createdAt
      },
      get latest() {
        return memory.place(container).latest
      },
      look: (resourceId, digest) => {
        const [, entry] = memory.entries.get(keyOf(container, resourceId)) ?? []
        if (entry === undefined) return "new"
        return entry.digest === digest ? "same" : "changed"
      },
      has: (resourceId) => memory.entries.has(keyOf(container, resourceId)),
      add: (entry) => {
        memory.add(container, entry)
        write(lineOf(container, entry))
      },
    }),
    close: () => {
      if (file !== null) closeSync(file)
      file = null
    },
  }
}
