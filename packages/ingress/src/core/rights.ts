/**
 * What a caller may do, however it speaks to us. Separate rights: none includes another, a missing fact gives none.
 * - `submit`: hand in messages, as itself.
 * - `read`, `admin`: look at what is known; hand in commands and knowledge.
 * - `relay`: hand in messages for others, with the name of who sent them. Only adapters have it: its holder names any principal.
 */

export const RIGHTS = ["submit", "read", "admin", "relay"] as const
export type Right = (typeof RIGHTS)[number]

/** Who a protocol has found the caller to be. */
export interface Grant {
  readonly principal: string
  readonly rights: ReadonlyArray<Right>
}

/** @returns null where the caller has the right, else why not */
export const lacking = ({ principal, rights }: Grant, right: Right): string | null =>
  rights.includes(right) ? null : `${principal} lacks the right to ${right}`
