export interface Timed {
  /** Wall clock. */
  readonly seconds: number
  /** Of all threads of the process, system calls included. */
  readonly cpuSeconds: number
}

/** What a run that adds leaves to a log took, from the first leaf to a signed checkpoint over the last. */
export interface Measured extends Timed {
  readonly leaves: number
}

export const timed = async (work: () => Promise<unknown> | unknown): Promise<Timed> => {
  const cpu = process.cpuUsage()
  const start = performance.now()
  await work()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { seconds, cpuSeconds: (user + system) / 1e6 }
}

export const measure = async (leaves: number, work: () => Promise<void>): Promise<Measured> => ({
  leaves,
  ...(await timed(work)),
})

export const perSecond = ({ leaves, seconds }: Measured): number => leaves / seconds
/** Leaves for each second of one core's time. */
export const perCore = ({ leaves, cpuSeconds }: Measured): number => leaves / cpuSeconds
