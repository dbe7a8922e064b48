/**
 * The instruments of a process, kept once and read by two: the text of `/metrics` and OpenTelemetry. A name, its unit and
 * its labels are said in one place, so both agree. Nothing here knows what is measured.
 */
export type Kind = "counter" | "gauge" | "histogram"

export interface InstrumentSpec {
  /** OpenTelemetry's dotted name; `promName` derives the one of Prometheus. */
  readonly name: string
  readonly kind: Kind
  /** UCUM: `s`, `By`, `1` for a ratio, `{message}` for a count of something, "" for a state of 0 or 1. */
  readonly unit: string
  readonly help: string
  /** OpenTelemetry's attribute names, in the order in which values are given. Values must come from a bounded set. */
  readonly labels: ReadonlyArray<string>
  /** Upper bounds of a histogram, ascending; the last bucket is open. */
  readonly buckets?: ReadonlyArray<number>
}

export interface Series {
  readonly labels: ReadonlyArray<string>
  /** A counter's total, a gauge's value, a histogram's sum. */
  value: number
  /** A histogram's observations by bucket, not cumulative; one more than there are bounds. */
  readonly counts: Array<number>
  /** And what they come to, by bucket. */
  readonly sums: Array<number>
}

/** Above so many series of one instrument the rest is counted in one whose labels all say `other`: memory has a bound. */
export const MAX_SERIES = 10_000
const OTHER = "other"
/** Prometheus waits for ten seconds, as a rule. */
const COLLECT_MS = 2_000

export class Instrument {
  readonly spec: InstrumentSpec
  private readonly byLabels = new Map<string, Series>()
  /** Set while somebody else wants each observation of a histogram as well. */
  forward: ((value: number, labels: ReadonlyArray<string>) => void) | null = null

  constructor(spec: InstrumentSpec) {
    this.spec = spec
  }

  get series(): Iterable<Series> {
    return this.byLabels.values()
  }

  /** Counts. `by` must not be negative. */
  add(by: number, ...labels: ReadonlyArray<string>): void {
    this.at(labels).value += by
  }

  /** Says what a gauge shows now, or what a counter kept elsewhere has come to. */
  set(value: number, ...labels: ReadonlyArray<string>): void {
    this.at(labels).value = value
  }

  /** Observes `value` in a histogram, `times` over. */
  observe(value: number, times: number, ...labels: ReadonlyArray<string>): void {
    const series = this.at(labels)
    const bounds = this.spec.buckets ?? []
    let bucket = 0
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++
    series.counts[bucket]! += times
    series.sums[bucket]! += value * times
    series.value += value * times
    if (this.forward !== null) for (let nth = 0; nth < times; nth++) this.forward(value, series.labels)
  }

  /** Forgets the series that `drop` picks: a gauge of a partition that went to another process must not stand still here. */
  drop(drop: (labels: ReadonlyArray<string>) => boolean): void {
    for (const [key, series] of this.byLabels) if (drop(series.labels)) this.byLabels.delete(key)
  }

  private at(labels: ReadonlyArray<string>): Series {
    const key = labels.length === 1 ? labels[0]! : labels.join("\u0000")
    const present = this.byLabels.get(key)
    if (present !== undefined) return present
    if (labels.length !== this.spec.labels.length) {
      throw new RangeError(`${this.spec.name} takes the labels ${this.spec.labels.join(", ")}, not ${labels.length}`)
    }
    if (this.byLabels.size >= MAX_SERIES && labels.some((label) => label !== OTHER)) {
      return this.at(labels.map(() => OTHER))
    }
    const buckets = this.spec.kind === "histogram" ? (this.spec.buckets?.length ?? 0) + 1 : 0
    const zeros = (): Array<number> => new Array<number>(buckets).fill(0)
    const made: Series = { labels: [...labels], value: 0, counts: zeros(), sums: zeros() }
    this.byLabels.set(key, made)
    return made
  }
}

export class Registry {
  readonly instruments: Array<Instrument> = []
  private readonly collectors = new Set<() => void | Promise<void>>()

  instrument(spec: InstrumentSpec): Instrument {
    const made = new Instrument(spec)
    this.instruments.push(made)
    return made
  }

  /**
   * Calls `collect` before each reading, for what is only worth measuring then. It must not throw.
   * @returns stops that
   */
  onCollect(collect: () => void | Promise<void>): () => void {
    this.collectors.add(collect)
    return () => void this.collectors.delete(collect)
  }

  /**
   * Brings everything up to date, within bounds: while brokers are away, what asks them answers late, and just then the
   * metrics are needed. Who is late is shown as of before, and at the next reading.
   */
  async collect(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, COLLECT_MS)
    })
    await Promise.race([Promise.all([...this.collectors].map((collect) => collect())), late])
    clearTimeout(timer)
  }
}
