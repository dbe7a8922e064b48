/**
 * What time it is for a device that may have no clock. Time is never before the newest time that the deployment signed (slices,
 * snapshots, passports); times that devices sign do not count, or one of them could age all passports of the others.
 */

export interface Clock {
  /** The device's own clock, seconds since 1970; null where it has none that it believes. */
  readonly now: number | null
  /** The newest time that the deployment signed and the device has seen (`newest`); 0 where none. */
  readonly newest: number
}

export interface Time {
  /** It is this late at least. Seconds since 1970. */
  readonly least: number
  /** It is known how late it is. A clock that lies before a time that was signed is wrong, and counts as none. */
  readonly isKnown: boolean
}

/** @param skew seconds that clocks may differ by */
export const timeOf = ({ now, newest }: Clock, skew: number): Time => {
  const isKnown = now !== null && Number.isFinite(now) && now >= newest - skew
  return { least: isKnown ? now : newest, isKnown }
}

/** The clock after something of the deployment was opened. @param signed seconds since 1970 */
export const seenTime = (clock: Clock, signed: number): Clock => ({ ...clock, newest: Math.max(clock.newest, signed) })
