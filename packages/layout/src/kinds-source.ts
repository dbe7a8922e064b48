/** The source that reads and writes one field. The kinds are constants of the generated source, and so are their checks. */
import type { AnyScalar, AnyVariable, PlacedScalar, Tail } from "./field-places.ts"

/** What the generated source calls: `k0`, `k1` and so on, each a kind that occurs; `check0` is the check of a number's kind. */
export class Kinds {
  readonly values: Array<AnyScalar | AnyVariable> = []

  /** Declares them, from an array of the name `kinds`. */
  get source(): string {
    return this.values
      .map((_, i) => `const k${i} = kinds[${i}], check${i} = k${i}.direct == null ? null : k${i}.direct.check`)
      .join("\n")
  }

  nameOf(kind: AnyScalar | AnyVariable): string {
    const known = this.values.indexOf(kind)
    return `k${known >= 0 ? known : this.values.push(kind) - 1}`
  }

  read(scalar: AnyScalar, record: string, at: string): string {
    const { direct } = scalar
    if (direct !== undefined) return `${record}.view.get${direct.type}(${at}, true)`
    return `${this.nameOf(scalar)}.read(${record}.view, ${record}.bytes, ${at})`
  }

  write(scalar: AnyScalar, record: string, at: string, value: string): string {
    const { direct } = scalar
    const kind = this.nameOf(scalar)
    if (direct === undefined) return `${kind}.write(${record}.view, ${record}.bytes, ${at}, ${value})`
    const set = `${record}.view.set${direct.type}(${at}, ${value}, true)`
    return direct.check === null ? set : `check${kind.slice(1)}(${value}); ${set}`
  }

  /** @param at where the group begins */
  writeInitial({ scalar, at }: PlacedScalar, record: string, start: string): string {
    return this.write(scalar, record, `${start} + ${at}`, `${this.nameOf(scalar)}.initial`)
  }
}

const TYPES = { 1: "Uint8", 2: "Uint16", 4: "Uint32" } as const

/** Reads a count or length. */
export const getCount = ({ countBytes }: Pick<Tail, "countBytes">, view: string, at: string): string =>
  `${view}.get${TYPES[countBytes]}(${at}, true)`

export const setCount = ({ countBytes }: Pick<Tail, "countBytes">, view: string, at: string, value: string): string =>
  `${view}.set${TYPES[countBytes]}(${at}, ${value}, true)`
