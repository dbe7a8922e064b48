/**
 * What the processes count of themselves, over all their lives: read off `/metrics` before one is killed and at the end of
 * each round. What a process counted since its last reading is lost when it is killed, so these are lower bounds.
 */
import { linesOf } from "@assay/cli/exposition"
import type { Instance } from "../cluster/instance.ts"

export const COUNTED = {
  /** Zombies: a commit that the brokers refused because another process had taken the partition. */
  fenced: "assay_takeovers_total",
  restores: "assay_restores_total",
  stalls: "assay_stalls_total",
  rebalances: "assay_rebalances_total",
} as const
export type Counted = keyof typeof COUNTED

export interface ProcessCounters {
  read(instance: Instance): Promise<void>
  readAll(instances: ReadonlyArray<Instance>): Promise<void>
  /** It slept and goes on: read again a little later, once it has found out what became of its share. */
  woken(instance: Instance): void
  total(): Promise<Readonly<Record<Counted, number>>>
}

const WOKEN_MS = [1_000, 4_000]

/** The sum over all labels of a counter in the text format of Prometheus. */
export const sumOf = (text: string, name: string): number =>
  (linesOf(text).get(name) ?? []).reduce((sum, { value }) => sum + value, 0)

export const startCounters = (): ProcessCounters => {
  /** By instance and start: counters begin anew with each process. */
  const seen = new Map<string, Record<Counted, number>>()
  const later = new Set<Promise<void>>()
  const read = async (instance: Instance): Promise<void> => {
    const life = `${instance.name}#${instance.starts}`
    const text = await instance.metrics()
    if (text === null || life !== `${instance.name}#${instance.starts}`) return
    const counted = Object.fromEntries(
      Object.entries(COUNTED).map(([what, name]) => [what, sumOf(text, name)]),
    ) as Record<Counted, number>
    seen.set(life, counted)
  }
  return {
    read,
    readAll: async (instances) => void (await Promise.all(instances.map(read))),
    woken: (instance) => {
      for (const ms of WOKEN_MS) {
        const waited = new Promise<void>((resolve) => setTimeout(resolve, ms)).then(() => read(instance))
        const one: Promise<void> = waited.finally(() => later.delete(one))
        later.add(one)
      }
    },
    total: async () => {
      await Promise.all(later)
      const total = { fenced: 0, restores: 0, stalls: 0, rebalances: 0 }
      for (const counted of seen.values())
        for (const what of Object.keys(total) as Array<Counted>) total[what] += counted[what]
      return total
    },
  }
}
