/** What is wrong with a policy, where, and what to do about it. */
export interface Problem {
  /** An `error` refuses the policy; a `warning` names what is allowed but probably not meant. */
  readonly severity: "error" | "warning"
  readonly file: string
  /** From 1; 0 where the file as a whole is meant. */
  readonly line: number
  readonly column: number
  /** The key's path, for example `conduits[2].observeUntil`; "" for the whole file. */
  readonly key: string
  /** What was found. */
  readonly message: string
  /** What to do. */
  readonly fix: string
}

/** `file:line:column: error: key: message; fix`, the form that editors jump to. */
export const formatProblem = (p: Problem): string =>
  `${p.file}:${p.line}:${p.column}: ${p.severity}: ${p.key === "" ? "" : `${p.key}: `}${p.message}; ${p.fix}`

/** Where something stands in the file. */
export interface Place {
  readonly line: number
  readonly column: number
  readonly key: string
}

/** Collects problems up to a bound: a garbled file must not answer with a garbled novel. */
export class Problems {
  readonly file: string
  readonly #limit: number
  readonly #all: Problem[] = []

  constructor(file: string, limit: number) {
    this.file = file
    this.#limit = limit
  }

  error(at: Place, message: string, fix: string): void {
    this.#add("error", at, message, fix)
  }

  warn(at: Place, message: string, fix: string): void {
    this.#add("warning", at, message, fix)
  }

  get failed(): boolean {
    return this.#all.some((p) => p.severity === "error")
  }

  /** All problems, by line. */
  list(): ReadonlyArray<Problem> {
    return [...this.#all].sort((a, b) => a.line - b.line || a.column - b.column)
  }

  #add(severity: Problem["severity"], at: Place, message: string, fix: string): void {
    // Errors always have room for one, so that a flood of warnings cannot make a bad policy look good.
    if (this.#all.length >= this.#limit && (severity === "warning" || this.failed)) return
    this.#all.push({ severity, file: this.file, line: at.line, column: at.column, key: at.key, message, fix })
  }
}
