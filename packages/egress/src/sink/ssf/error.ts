/** What a receiver of tokens says of one that it does not take: `err` and `description`, pushed (RFC 8935) or polled (RFC 8936). */
import { safeLine } from "@assay/trust/kit"

export interface TokenError {
  readonly err?: unknown
  readonly description?: unknown
}

/** For a log line and the dead letters. */
export const reasonOf = ({ err, description }: TokenError): string => safeLine(`${String(err)}: ${String(description)}`)
