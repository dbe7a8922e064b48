/**
 * Where a sink goes to, as one text: `KIND:ADDRESS`, and behind a `?` what else there is to say, `name=value` with `&` between. A
 * value is percent-decoded; where it is a list, `+` stands between. `assay export` and `ASSAY_SINKS` read the same text.
 */

/** The text is wrong; the message says which word and what it takes. */
export class TargetError extends Error {
  readonly _tag = "TargetError"
}

export interface Target {
  readonly kind: string
  /** Behind the kind and its colon. */
  readonly address: string
  /** Without a value, where it stands for itself: `true`. */
  readonly options: ReadonlyMap<string, string>
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new TargetError(`${JSON.stringify(text)} is not percent-encoded as it should be`)
  }
}

/** @throws TargetError */
export const parseTarget = (text: string): Target => {
  const [, kind, address, query = ""] = /^([a-z][a-z0-9+-]*):([^?]*)(?:\?(.*))?$/.exec(text) ?? []
  if (kind === undefined || address === undefined || address === "")
    throw new TargetError(`${JSON.stringify(text)} must be KIND:ADDRESS, for example syslog+tls://siem.example:6514`)
  const options = new Map<string, string>()
  for (const part of query.split("&").filter((one) => one !== "")) {
    const [name, value = "true"] = part.split(/=(.*)/s) as [string, string?]
    if (options.has(name)) throw new TargetError(`${name} is said twice`)
    options.set(name, decoded(value))
  }
  return { kind, address, options }
}

/** Reads options, and knows at the end which ones nobody asked for. */
export class Options {
  readonly #given: ReadonlyMap<string, string>
  readonly #known = new Set<string>()

  constructor(given: ReadonlyMap<string, string>) {
    this.#given = given
  }

  text(name: string): string | null {
    this.#known.add(name)
    const value = this.#given.get(name)
    if (value === "") throw new TargetError(`${name} takes a value, and none is given`)
    return value ?? null
  }

  flag(name: string, fallback: boolean): boolean {
    return this.choice(name, ["true", "false"], fallback ? "true" : "false") === "true"
  }

  choice<const Value extends string>(name: string, values: ReadonlyArray<Value>, fallback: Value): Value {
    const value = this.text(name)
    if (value === null) return fallback
    const found = values.find((one) => one === value)
    if (found === undefined) throw new TargetError(`${name} takes ${values.join(", ")}, not ${JSON.stringify(value)}`)
    return found
  }

  whole<Fallback extends number | null>(
    name: string,
    minimum: number,
    maximum: number,
    fallback: Fallback,
  ): number | Fallback {
    const text = this.text(name)
    if (text === null) return fallback
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < minimum || value > maximum)
      throw new TargetError(`${name} takes a whole number from ${minimum} to ${maximum}, not ${JSON.stringify(text)}`)
    return value
  }

  /** Null where it is not given. */
  list(name: string): ReadonlyArray<string> | null {
    const text = this.text(name)
    if (text === null) return null
    return text.split("+").filter((one) => one !== "")
  }

  /** @throws TargetError that names what is left over */
  end(kind: string): void {
    for (const name of this.#given.keys()) {
      if (this.#known.has(name)) continue
      throw new TargetError(
        `${kind} has no option ${JSON.stringify(name)}; it has ${[...this.#known].toSorted().join(", ")}`,
      )
    }
  }
}
