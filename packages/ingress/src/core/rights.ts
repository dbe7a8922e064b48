/** What a caller may do, however it speaks to us. Three separate rights: none includes another, a missing fact gives none. */

export const RIGHTS = ["submit", "read", "admin"] as const
export type Right = (typeof RIGHTS)[number]

/** Who a protocol has found the caller to be. */
export interface Grant {
  readonly principal: string
  readonly rights: ReadonlyArray<Right>
}

/** @returns null where the caller has the right, else why not */
export const lacking = ({ principal, rights }: Grant, right: Right): string | null =>
  rights.includes(right) ? null : `${principal} lacks the right to ${right}`
