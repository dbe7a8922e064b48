/** Readers of single values: each says what it found, what it wants, and returns null after reporting. */
import type { Place, Problems } from "./problem.ts"
import type { Located, Member } from "./source.ts"

const shown = (node: Located): string => (node.kind === "scalar" ? JSON.stringify(node.value) : `a ${node.kind}`)

/** The members of one map, read by name; whatever was not asked for is reported by `close`. */
export class Fields {
  readonly at: Place
  readonly #entries: ReadonlyMap<string, Member>
  readonly #problems: Problems
  readonly #asked = new Set<string>()

  private constructor(at: Place, entries: ReadonlyMap<string, Member>, problems: Problems) {
    this.at = at
    this.#entries = entries
    this.#problems = problems
  }

  static of(node: Located, problems: Problems): Fields | null {
    if (node.kind === "map") return new Fields(node.at, node.entries, problems)
    problems.error(node.at, `found ${shown(node)} where a map is wanted`, "write `key: value` lines")
    return null
  }

  /** Where a member stands, or the map itself where it is absent. */
  place(name: string): Place {
    return this.#entries.get(name)?.at ?? this.at
  }

  /** Absent and null are the same: nothing was said. */
  has(name: string): boolean {
    const member = this.#entries.get(name)
    return member !== undefined && !(member.value.kind === "scalar" && member.value.value === null)
  }

  /** Reads a member that must be there. */
  need<T>(name: string, read: (node: Located, problems: Problems) => T | null): T | null {
    this.#asked.add(name)
    const member = this.#entries.get(name)
    if (member !== undefined && this.has(name)) return read(member.value, this.#problems)
    const at = member?.at ?? { ...this.at, key: this.at.key === "" ? name : `${this.at.key}.${name}` }
    this.#problems.error(at, `\`${name}\` is missing`, `add \`${name}\``)
    return null
  }

  /** Reads a member that may be absent or null. */
  may<T>(name: string, otherwise: T, read: (node: Located, problems: Problems) => T | null): T | null {
    this.#asked.add(name)
    const member = this.#entries.get(name)
    return member === undefined || !this.has(name) ? otherwise : read(member.value, this.#problems)
  }

  /** Refuses every member that no reader asked for. */
  close(): void {
    for (const [name, { at }] of this.#entries) {
      if (this.#asked.has(name)) continue
      const known = [...this.#asked].map((k) => `\`${k}\``).join(", ")
      this.#problems.error(at, `\`${name}\` is no key of this place`, `remove it, or use one of ${known}`)
    }
  }
}

type Read<T> = (node: Located, problems: Problems) => T | null

/** Text of 1 to `max` characters without control characters. */
export const text =
  (max: number): Read<string> =>
  (node, problems) => {
    if (node.kind === "scalar" && typeof node.value === "string") {
      if (node.value.length > 0 && node.value.length <= max && !/[\u0000-\u001f\u007f]/.test(node.value))
        return node.value
    }
    problems.error(node.at, `found ${shown(node).slice(0, 80)}`, `write 1 to ${max} printable characters`)
    return null
  }

/** Text of a pattern; `what` describes what it must look like. */
export const matching =
  (pattern: RegExp, what: string): Read<string> =>
  (node, problems) => {
    if (node.kind === "scalar" && typeof node.value === "string" && pattern.test(node.value)) return node.value
    problems.error(node.at, `found ${shown(node).slice(0, 80)}`, `write ${what}`)
    return null
  }

export const integer =
  (min: number, max: number): Read<number> =>
  (node, problems) => {
    if (node.kind === "scalar" && typeof node.value === "number" && Number.isSafeInteger(node.value)) {
      if (node.value >= min && node.value <= max) return node.value
    }
    problems.error(node.at, `found ${shown(node)}`, `write a whole number from ${min} to ${max}`)
    return null
  }

export const oneOf =
  <const T extends string>(words: ReadonlyArray<T>): Read<T> =>
  (node, problems) => {
    if (node.kind === "scalar" && (words as ReadonlyArray<unknown>).includes(node.value)) return node.value as T
    problems.error(node.at, `found ${shown(node)}`, `write one of ${words.join(", ")}`)
    return null
  }

/** A list of at most `max`; items that fail are reported and left out, which is harmless: the policy is refused anyway. */
export const list =
  <T>(read: Read<T>, max: number, min = 0): Read<ReadonlyArray<T>> =>
  (node, problems) => {
    if (node.kind !== "list") {
      problems.error(node.at, `found ${shown(node)} where a list is wanted`, "write `- item` lines or [a, b]")
      return null
    }
    if (node.items.length < min || node.items.length > max) {
      problems.error(node.at, `found ${node.items.length} items`, `write ${min} to ${max}`)
      return null
    }
    const items: T[] = []
    for (const item of node.items) {
      const value = read(item, problems)
      if (value !== null) items.push(value)
    }
    return items
  }
