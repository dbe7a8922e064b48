/** What a single verdict says of whose doing a message is. For all verdicts so far see `mayLearn`. */
import { reasonInfo } from "../reasons.ts"
import type { Verdict } from "../verdict.ts"

/** Whether none of its reasons is one that anybody, also a mere carrier, could have caused. */
export const isAttributed = ({ reasons }: Verdict): boolean => {
  for (let n = 0; n < reasons.length; n++) if (reasonInfo(reasons[n]!).attribution === "unproven") return false
  return true
}

/** Whether the message may teach, as far as this verdict goes: it did not fail, and nothing about it is unproven. */
export const mayTeach = (verdict: Verdict): boolean => verdict.outcome !== "fail" && isAttributed(verdict)

/**
 * Whether the message is the device's own doing, as far as this verdict goes: it may have failed, but not for a reason
 * that anybody else could have caused.
 */
export const isProven = (verdict: Verdict): boolean => verdict.outcome !== "fail" || isAttributed(verdict)
