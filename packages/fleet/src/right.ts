/** What became of honest machines of a kind, held against what is right. */
import type { Kind } from "./kind.ts"

export interface Fared {
  readonly machines: number
  /** After the first of each machine, by which it is learned. */
  readonly messages: number
  /** Of those, what was anything but verified. */
  readonly unverified: number
  /** How often a machine became watched, and was quarantined. */
  readonly watches: number
  readonly quarantines: number
  /** Machines that were not trusted at the end. */
  readonly untrusted: number
}

/** What is wrong with it, for people; empty where it is as it should be. */
export const wrongOf = (
  { right }: Pick<Kind, "right">,
  { machines, messages, unverified, watches, quarantines, untrusted }: Fared,
): ReadonlyArray<string> => {
  const share = messages === 0 ? 0 : unverified / messages
  return [
    ...(quarantines > 0 ? [`quarantined ${quarantines} times`] : []),
    ...(watches > 0 && right.watched === undefined ? [`watched ${watches} times`] : []),
    ...(share > right.unverified
      ? [`${(100 * share).toFixed(1)} % not verified, where ${(100 * right.unverified).toFixed(0)} % may be`]
      : []),
    ...(untrusted > 0 && right.endsOtherwise === undefined
      ? [`${untrusted} of ${machines} not trusted at the end`]
      : []),
  ]
}
