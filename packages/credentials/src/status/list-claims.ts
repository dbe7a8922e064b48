/** What a published list says, whatever its format. */
import { type Fault, formatPath } from "@assay/jose/shape"
import { MAX_STATUS_LIST_AGE_MS, type PublishedStatusList, type StatusList } from "@assay/trust"
import type { TokenFailure } from "../token.ts"

export interface ListClaims extends Omit<PublishedStatusList, "issuer" | "list"> {
  /** Null where they cannot be read, or are too many or too few. Costs their inflation. */
  readonly entries: () => StatusList | null
}

/** A list without an end of its own has one all the same. Milliseconds since 1970. */
export const endOf = (issued: number, own: number): number => Math.min(own, issued + MAX_STATUS_LIST_AGE_MS)

/** The first of the faults, with its path. */
export const failureOf = ([first]: ReadonlyArray<Fault>): TokenFailure => ({
  detail: `${formatPath(first!.path)} ${first!.message}`.trim(),
})
