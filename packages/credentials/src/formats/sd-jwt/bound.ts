/**
 * Does a key binding hold here and now? Its holder must have signed it, for this deployment, over a challenge that one of the
 * deployment's challengers made for this holder and this very presentation, and that has not ended.
 */
import { challengeEnd, openChallenge } from "@assay/attestation/challenge"
import { type KeyBinding, whyNotHolders } from "./key-binding.ts"

/** How far the clock of a holder may be ahead, or behind that of who made its challenge, milliseconds. */
const SKEW_MS = 60_000

export interface BindingContext {
  /** The DID that presents. */
  readonly holder: string
  /** What the presentation is for, and the deployment. */
  readonly aud: string
  readonly trustDomain: string
  /** DIDs whose challenges count. */
  readonly challengers: ReadonlyArray<string>
  /** Of the entry, milliseconds since 1970. */
  readonly time: number
}

export interface NotBound {
  /** It was right, and is too old now: whoever carried it may have held it back. */
  readonly isLate: boolean
  /** For people. */
  readonly detail: string
}

const no = (detail: string): NotBound => ({ isLate: false, detail: `key binding: ${detail}` })

/** Null where it holds. Two signature checks; never throws. */
export const whyNotBound = (binding: KeyBinding, context: BindingContext): NotBound | null => {
  const { holder, aud, trustDomain, challengers, time } = context
  if (binding.aud !== aud && binding.aud !== trustDomain) return no(`aud is neither ${aud} nor ${trustDomain}`)
  const challenge = openChallenge(binding.nonce, binding.hash, {
    device: holder,
    trustDomain,
    challengers,
  })
  if (typeof challenge === "string") return no(`nonce: ${challenge}`)
  const foreign = whyNotHolders(binding, holder)
  if (foreign !== null) return no(foreign)
  if (binding.issued > time + SKEW_MS || binding.issued < challenge.iat * 1_000 - SKEW_MS)
    return no("iat lies before its challenge, or ahead")
  const over = challengeEnd(challenge, time)
  return over === null ? null : { isLate: true, detail: `key binding: ${over}` }
}
