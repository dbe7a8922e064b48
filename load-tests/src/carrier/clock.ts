/**
 * Loaded before a program of ours (`--import`): its wall clock jumps ahead by an hour with each odd SIGUSR2, and back with each even
 * one. Its monotonic clock and its timers go on, as they do when a machine's clock is set.
 */
const JUMP_MS = 3_600_000
const now = Date.now.bind(Date)
let offset = 0

class JumpingDate extends Date {
  constructor(...given: ReadonlyArray<number>) {
    // biome-ignore lint/suspicious/noExplicitAny: the constructor has four forms, all of which stay
    super(...((given.length === 0 ? [now() + offset] : given) as [any]))
  }
  static override now = (): number => now() + offset
}

Object.assign(globalThis, { Date: JumpingDate })
process.on("SIGUSR2", () => {
  offset = offset === 0 ? JUMP_MS : 0
})

export {}
