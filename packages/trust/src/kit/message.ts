/** What every stage after identity-resolver asks of a message. */
import type { AssayedMessage, Claims } from "../message.ts"
import type { MessageEntry } from "../stage.ts"

/**
 * The claims of a message that identity-resolver has authenticated.
 * @throws Error where there are none: the runner lets no such message come this far, so the fault is Assay's own
 */
export const claimsOf = ({ claims, origin }: AssayedMessage): Claims => {
  if (claims === null) throw new Error(`the message at ${origin.partition}/${origin.offset} has no claims`)
  return claims
}

/** The `subject` of every stage that judges authenticated messages: the state of the device that signed. */
export const deviceOf = (entry: MessageEntry): string | null => entry.message.claims?.iss ?? null
