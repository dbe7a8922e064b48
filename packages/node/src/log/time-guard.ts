/**
 * Guards the time of the log where it is made: what is stamped by a clock which jumped would let trust lapse, commands expire
 * and devices look silent, for ever, since a log's time never runs back. So nothing is written to `submitted`, whose stamps
 * everything is judged by, while the wall clock and the monotonic one disagree, nor while the log's own stamps lie apart from
 * the wall clock. It ends by itself.
 */
import { uptime } from "node:os"
import { type Commit, type Log, UnavailableError } from "@assay/log"
import { STREAMS } from "@assay/streams"

/** A difference that no slewing makes, in milliseconds. */
export const MAX_JUMP_MS = 300_000
/** How often one append goes through all the same while stamps lie apart: nothing else tells when they agree again. */
const PROBE_MS = 60_000

export interface Clocks {
  /** Milliseconds since 1970. */
  wall(): number
  /** Milliseconds that only go on, also while the machine sleeps; the same in every thread. */
  steady(): number
}

/** The system's monotonic clock is read again after so long, in milliseconds: it is a file, and costs a hundred times what the process's own does. */
const READ_MS = 1_000

/**
 * The monotonic clock of the system goes on while a machine sleeps, where that of the process stands still. Between two readings of
 * it the process's own is added; where the wall clock went another way meanwhile, the machine may have slept, and it is read at once.
 * @param read the system's clock, in milliseconds
 * @param own the process's clock, in milliseconds
 */
export const steadyOver = (read: () => number, own: () => number, wall: () => number): (() => number) => {
  let last = { steady: 0, own: Number.NEGATIVE_INFINITY, wall: 0 }
  let said = 0
  return () => {
    const now = own()
    const since = now - last.own
    const slept = Math.abs(wall() - last.wall - since)
    if (since >= READ_MS || slept >= READ_MS) last = { steady: read(), own: now, wall: wall() }
    // The system tells hundredths of a second: what was said may be a little later than what it says next.
    said = Math.max(said, last.steady + (now - last.own))
    return said
  }
}

export const CLOCKS: Clocks = {
  wall: Date.now,
  steady: steadyOver(
    () => uptime() * 1000,
    () => performance.now(),
    Date.now,
  ),
}

export interface TimeGuard {
  readonly log: Log
  /** Why nothing is appended now, for people; null where all is well. */
  readonly alarm: () => string | null
  /** What the two clocks differ by, for the guard of another thread of this process. */
  readonly anchor: () => number
}

export interface TimeGuardOptions {
  readonly clocks: Clocks
  /** What the clocks differ by; as of now where left out. */
  readonly anchor?: number
  /** Whether the log may be ahead of the wall clock, as an operator has said. */
  readonly acceptAhead?: boolean
  /** Called when it begins (with the reason) and when it ends (with null). */
  readonly onChange: (alarm: string | null) => void
}

const apart = (ms: number): string => `${Math.round(Math.abs(ms) / 1000)} s ${ms > 0 ? "ahead of" : "behind"}`

/** What stages write there is an admission; everything else that they write is judged by nobody's clock. */
const writesTime = ({ outputs }: Commit): boolean =>
  outputs.some(({ stream, records }) => stream === STREAMS.submitted && records.length > 0)

export const guardTime = (
  log: Log,
  { clocks, anchor: given, acceptAhead = false, onChange }: TimeGuardOptions,
): TimeGuard => {
  let anchor = given ?? clocks.wall() - clocks.steady()
  /** The last stamp, and when it came by the steady clock. */
  let stamped: { readonly time: number; readonly at: number } | null = null
  let probed = Number.NEGATIVE_INFINITY
  let said: string | null = null

  const jump = (): string | null => {
    const drift = clocks.wall() - clocks.steady() - anchor
    if (Math.abs(drift) > MAX_JUMP_MS)
      return `the wall clock jumped: it is ${apart(drift)} where the monotonic clock says it must be; set the clock right, or start the node again if it is`
    // Slewing is followed, so that only what comes at once counts.
    anchor += drift
    return null
  }
  const stampsApart = (): string | null => {
    if (stamped === null) return null
    const wall = clocks.wall()
    const ahead = stamped.time - wall
    const behind = stamped.time + (clocks.steady() - stamped.at) - wall
    const difference = ahead > MAX_JUMP_MS && !acceptAhead ? ahead : behind < -MAX_JUMP_MS ? behind : 0
    return difference === 0
      ? null
      : `the log's last stamp is ${apart(difference)} this machine's clock: set the clock of this machine, or of the brokers, right`
  }
  const alarm = (): string | null => {
    const now = jump() ?? stampsApart()
    if ((now === null) !== (said === null)) {
      said = now
      onChange(now)
    }
    return now
  }
  const mayProbe = (): boolean => {
    if (jump() !== null || clocks.steady() - probed < PROBE_MS) return false
    probed = clocks.steady()
    return true
  }
  return {
    alarm,
    anchor: () => anchor,
    log: {
      ...log,
      append: async (at, records) => {
        const why = alarm()
        if (why !== null && !mayProbe()) throw new UnavailableError(`nothing is appended: ${why}`)
        const appended = await log.append(at, records)
        stamped = { time: appended.time, at: clocks.steady() }
        alarm()
        return appended
      },
      commit: async (partition, commit) => {
        const why = writesTime(commit) ? alarm() : null
        if (why !== null) throw new UnavailableError(`nothing is admitted: ${why}`)
        return log.commit(partition, commit)
      },
    },
  }
}
