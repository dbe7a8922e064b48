/** What the model keeps of a batch of rejected records: who handed them in. */
import type { AuditEvent } from "@assay/trust"

/** How much of a batch a principal handed in that was rejected. */
export interface PrincipalCount {
  readonly principal: string
  readonly rejected: number
  /** Of these, how many the devices that they name had signed. */
  readonly signed: number
  /** Milliseconds since 1970, by the log. */
  readonly time: number
  /** As that of facts. */
  readonly order: string
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** @throws SyntaxError, RangeError where the detail is none that Assay writes */
export const countsOf = ({ detail, time }: AuditEvent, order: string): ReadonlyArray<PrincipalCount> => {
  const { principals = [] } = JSON.parse(detail ?? "{}") as { readonly principals?: ReadonlyArray<PrincipalCount> }
  return principals.map(({ principal, rejected, signed }) => {
    if (typeof principal !== "string" || !isCount(rejected) || !isCount(signed))
      throw new RangeError("a batch of rejected records whose counts are none that Assay writes")
    return { principal, rejected, signed, time, order }
  })
}
