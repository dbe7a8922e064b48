/** What two commits' benches say, beside each other. Only ratios of one run count, for machines drift. */
import { median } from "../../median.ts"

/** Named figures of one run; each is better where it is higher, but for costs in us. */
export type Figures = Readonly<Record<string, number>>

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length
interface Rate {
  readonly perSecond: number
}

/** What `bench --json` has written since 254bc7c. */
export interface EmbeddedReport {
  readonly verifyOnly: ReadonlyArray<Rate & { readonly cpuUsPerSignature: number }>
  readonly chained: ReadonlyArray<Piped & { readonly devices: number }>
  readonly staged: Piped
}

/** Of the pipeline. */
interface Piped extends Rate {
  /** CPU of the process for one message, microseconds. */
  readonly processUs: number
}

export const embeddedFigures = ({ verifyOnly, chained, staged }: EmbeddedReport): Figures => {
  const verify = mean(verifyOnly.map(({ perSecond }) => perSecond))
  return {
    "verify only/s": verify,
    ...Object.fromEntries(chained.map((run) => [`chained, ${run.devices} devices / V`, run.perSecond / verify])),
    "staged / V": staged.perSecond / verify,
    "verify only, us of CPU": mean(verifyOnly.map(({ cpuUsPerSignature }) => cpuUsPerSignature)),
    ...Object.fromEntries(chained.map((run) => [`chained, ${run.devices} devices, us of CPU`, run.processUs])),
    "staged, us of CPU": staged.processUs,
  }
}

/** What `bench:kafka --json` has written since 254bc7c. */
export interface KafkaReport {
  readonly verifyOnly: ReadonlyArray<Rate>
  readonly results: ReadonlyArray<{
    readonly topology: string
    readonly drains: ReadonlyArray<Rate>
    readonly floor: ReadonlyArray<Rate>
  }>
}

export const kafkaFigures = ({ verifyOnly, results }: KafkaReport): Figures => {
  const verify = mean(verifyOnly.map(({ perSecond }) => perSecond))
  const rateOf = (rates: ReadonlyArray<Rate>): number => median(rates.map(({ perSecond }) => perSecond))
  return {
    "verify only/s": verify,
    ...Object.fromEntries(
      results.flatMap(({ topology, drains, floor }) => [
        [`${topology} / V`, rateOf(drains) / verify],
        [`${topology} / its floor`, rateOf(drains) / rateOf(floor)],
      ]),
    ),
  }
}

export interface Compared {
  readonly name: string
  /** Medians over the rounds. */
  readonly old: number
  readonly now: number
  /** Median, least and greatest of now over old, each of one round. */
  readonly gain: number
  readonly least: number
  readonly greatest: number
}

/** @param rounds one pair for each round; what only one of them measured is left out */
export const compared = (rounds: ReadonlyArray<{ readonly old: Figures; readonly now: Figures }>): Array<Compared> =>
  Object.keys(rounds[0]?.now ?? {}).flatMap((name) => {
    const pairs = rounds.map(({ old, now }) => [old[name], now[name]] as const)
    if (!pairs.every((pair): pair is [number, number] => pair.every((value) => value !== undefined))) return []
    const gains = pairs.map(([old, now]) => now / old)
    return [
      {
        name,
        old: median(pairs.map(([old]) => old)),
        now: median(pairs.map(([, now]) => now)),
        gain: median(gains),
        least: Math.min(...gains),
        greatest: Math.max(...gains),
      },
    ]
  })
