/**
 * What a `rejudge` command names: the reason that is to be judged again, and the SHA-256 of an opening with the messages and
 * devices that it is about. The opening travels beside the signed tokens, in `submitted` only. Pure.
 *
 *   target   `urn:assay:rejudge:<reason code>:<SHA-256 of the opening, base64url>`
 */

const TARGET = /^urn:assay:rejudge:([a-z]+\.[a-z_]+):([A-Za-z0-9_-]{43})$/

export interface RejudgementTarget {
  /** A reason code; whether it is one that can be judged again, the last stage says. */
  readonly reason: string
  /** base64url of SHA-256. */
  readonly opening: string
}

export const rejudgementTarget = ({ reason, opening }: RejudgementTarget): string =>
  `urn:assay:rejudge:${reason}:${opening}`

/** @returns null where the text is none */
export const parseRejudgementTarget = (target: string): RejudgementTarget | null => {
  const match = TARGET.exec(target)
  return match === null ? null : { reason: match[1]!, opening: match[2]! }
}
