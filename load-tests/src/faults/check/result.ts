/** What a check found. A check that looked at nothing proves nothing, so each says how much it examined. */

export interface Result {
  /** Stable: `decisions`, `hops` and so on. */
  readonly name: string
  /** What holds where nothing was found, in one sentence. */
  readonly claim: string
  readonly examined: number
  /** Each names the record: stream, partition, offset. At most `MAX_REPORTED`. */
  readonly findings: ReadonlyArray<string>
  /** All of them. */
  readonly found: number
}

const MAX_REPORTED = 50

export class Findings {
  examined = 0
  private readonly reported: Array<string> = []
  private found = 0

  add(text: string): void {
    this.found++
    if (this.reported.length < MAX_REPORTED) this.reported.push(text)
  }

  result(name: string, claim: string): Result {
    if (this.examined === 0) this.add("nothing was there to be examined")
    return { name, claim, examined: this.examined, findings: this.reported, found: this.found }
  }
}
