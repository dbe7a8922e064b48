/** What a published list says, whatever its format. */
import { MAX_STATUS_LIST_AGE_MS, type PublishedStatusList, type StatusList } from "@assay/trust"

export interface ListClaims extends Omit<PublishedStatusList, "issuer" | "list"> {
  /** Null where they cannot be read, or are too many or too few. Costs their inflation. */
  readonly entries: () => StatusList | null
}

/** A list without an end of its own has one all the same. Milliseconds since 1970. */
export const endOf = (issued: number, own: number): number => Math.min(own, issued + MAX_STATUS_LIST_AGE_MS)
