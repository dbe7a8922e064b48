/** What the causes of alerts have in common. */
import type { Instance } from "../cluster/instance.ts"
import type { AlertSite } from "./site.ts"
import type { Snapshot } from "./tape.ts"

export interface Cause {
  readonly alerts: ReadonlyArray<string>
  readonly what: string
  /** What must be there before: it belongs to what processes say then. */
  prepare?(site: AlertSite): Promise<void>
  /** @returns what processes say while it lasts, one after another */
  during(site: AlertSite): Promise<ReadonlyArray<Snapshot>>
  /** What was done about it. */
  readonly mended: string
  /** Null where nothing is mended here: the alert goes on. */
  readonly mend: ((site: AlertSite) => Promise<void>) | null
  /** Fires before, too: it is so from the beginning. */
  readonly always?: true
  /**
   * What was done goes on at the pace that was seen: counters grow so in the tape, as if it were done for minutes. From what was before to
   * the one snapshot of `during`; where that gives two, from the first to the second, after the first has come about.
   */
  readonly goesOn?: true
  /** For the pace afterwards (`paced`), milliseconds: what it counts comes in steps as long as this. */
  readonly restMs?: number
  /** By alert, where it looks at more than an hour. */
  readonly spans?: Readonly<Record<string, Spans>>
}

/** Minutes of the tape for one alert. */
export interface Spans {
  /** Of load before: what was said from the first snapshot of this run on is stretched over them. */
  readonly before?: number
  /** Over which what the cause did comes about. */
  readonly growing?: number
  /** For which it stays so. */
  readonly lasting?: number
  readonly after?: number
  /** What is committed counts: afterwards counters go on at the pace that is seen then, as they do under load. */
  readonly paced?: true
  /** Which of the alert's series is meant, as PromQL's matchers, where it is by partition; else any. */
  readonly about?: string
}

export const READY_MS = 120_000

export const only = (site: AlertSite, service: string): Instance => site.deployment.of(service)[0]!

/** Where it is over as soon as nobody does it any more. */
export const nothingToMend = async (): Promise<void> => undefined

interface Growth {
  readonly what: string
  readonly count: (snapshot: Snapshot) => number
  /** At least (default 1). */
  readonly by?: number
}

/** Does it. @returns the first snapshot in which the count has grown by so much since before */
export const grown = async (
  site: AlertSite,
  { what, count, by = 1 }: Growth,
  act: () => Promise<unknown>,
): Promise<ReadonlyArray<Snapshot>> => {
  const before = count(await site.snapshot())
  await act()
  return [await site.untilSeen(what, (seen) => count(seen) >= before + by)]
}
