/**
 * CPU of this thread by stage. Feeds `bench`; never a verdict. Asking the system costs some microseconds, which a chunk of many
 * messages shares and one of a few does not: of such chunks one in so many is measured, and counts for as many.
 */
export interface StageTime {
  readonly stage: string
  /** Microseconds of the thread's CPU inside gather and judge. */
  gatherUs: number
  judgeUs: number
  messages: number
}

/** Entries of a chunk that is always measured. */
const MANY = 8
const ONE_IN = 16

const nowUs = (): number => {
  const usage = process.threadCpuUsage()
  return usage.user + usage.system
}

export class StageClock {
  readonly times: ReadonlyArray<StageTime>
  private last = 0
  /** For how many chunks this one counts; 0: it is not measured. */
  private weight = 0
  private few = 0
  private readonly nowUs: () => number

  /** @param now CPU of this thread so far, in microseconds */
  constructor(stages: ReadonlyArray<string>, now: () => number = nowUs) {
    this.nowUs = now
    this.times = stages.map((stage) => ({ stage, gatherUs: 0, judgeUs: 0, messages: 0 }))
  }

  /** @param entries of the chunk, before any stage */
  begins(entries: number): void {
    if (entries >= MANY) this.weight = 1
    else this.weight = this.few++ % ONE_IN === 0 ? ONE_IN : 0
  }

  start(): void {
    if (this.weight > 0) this.last = this.nowUs()
  }

  gathered(slot: number): void {
    if (this.weight === 0) return
    const now = this.nowUs()
    this.times[slot]!.gatherUs += (now - this.last) * this.weight
    this.last = now
  }

  judged(slot: number, messages: number): void {
    const time = this.times[slot]!
    time.messages += messages
    if (this.weight > 0) time.judgeUs += (this.nowUs() - this.last) * this.weight
  }
}
