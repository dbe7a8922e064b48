/** CPU of this thread by stage, taken once per chunk. Feeds `bench` and the metrics; never a verdict. */
export interface StageTime {
  readonly stage: string
  /** Microseconds of the thread's CPU inside gather and judge. */
  gatherUs: number
  judgeUs: number
  messages: number
}

const nowUs = (): number => {
  const usage = process.threadCpuUsage()
  return usage.user + usage.system
}

export class StageClock {
  readonly times: ReadonlyArray<StageTime>
  private last = 0

  constructor(stages: ReadonlyArray<string>) {
    this.times = stages.map((stage) => ({ stage, gatherUs: 0, judgeUs: 0, messages: 0 }))
  }

  start(): void {
    this.last = nowUs()
  }

  gathered(slot: number): void {
    const now = nowUs()
    this.times[slot]!.gatherUs += now - this.last
    this.last = now
  }

  judged(slot: number, messages: number): void {
    const now = nowUs()
    const time = this.times[slot]!
    time.judgeUs += now - this.last
    time.messages += messages
    this.last = now
  }
}
