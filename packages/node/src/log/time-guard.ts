/**
 * Guards the time of the log where it is made: an append that is stamped by a clock which jumped would let trust lapse,
 * commands expire and devices look silent, for ever, since a log's time never runs back. So nothing is appended while the wall
 * clock and the monotonic one disagree, nor while the log's own stamps lie apart from the wall clock. It ends by itself.
 */
import { type Log, UnavailableError } from "@assay/log"

/** A difference that no slewing makes, in milliseconds. */
export const MAX_JUMP_MS = 300_000
/** How often one append goes through all the same while stamps lie apart: nothing else tells when they agree again. */
const PROBE_MS = 60_000

export interface Clocks {
  /** Milliseconds since 1970. */
  wall(): number
  /** Milliseconds that only go on, also while the machine sleeps. */
  steady(): number
}

export interface TimeGuard {
  readonly log: Log
  /** Why nothing is appended now, for people; null where all is well. */
  readonly alarm: () => string | null
}

const apart = (ms: number): string => `${Math.round(Math.abs(ms) / 1000)} s ${ms > 0 ? "ahead of" : "behind"}`

/** @param onChange called when it begins (with the reason) and when it ends (with null) */
export const guardTime = (log: Log, clocks: Clocks, onChange: (alarm: string | null) => void): TimeGuard => {
  let anchor = clocks.wall() - clocks.steady()
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
    const difference = ahead > MAX_JUMP_MS ? ahead : behind < -MAX_JUMP_MS ? behind : 0
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
    },
  }
}
