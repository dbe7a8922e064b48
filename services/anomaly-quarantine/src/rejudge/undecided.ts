/**
 * What becomes of one message that a stage of Assay failed at, once the fault is mended. The tool that plans the command derives what
 * the stages make of it at its place in the log, and operators sign that. Here it is asked that the device said so, and that it may
 * flow now. Pure.
 */
import { isDeepStrictEqual } from "node:util"
import { checkSignature } from "@assay/credentials"
import { openMessage } from "@assay/message"
import { type AssayedMessage, type Knowledge, STAGES, signerOf, type TrustState } from "@assay/trust"
import type { Stays } from "./fate.ts"
import { flows } from "./standing.ts"

/** The reason for which such messages are judged again. */
export const FAULT = "engine.fault"

/** Whether claims (the digest of what was signed among them) and readings are what the device's own bytes say, and its signature holds. */
const isItsWord = ({ envelope, claims, readings }: AssayedMessage): boolean => {
  const opened = openMessage(envelope.bytes)
  if ("reason" in opened || claims === null) return false
  const found = opened.read
  if ("reason" in found || found.claims.iss !== claims.iss) return false
  return (
    isDeepStrictEqual({ ...found.claims }, { ...claims }) &&
    isDeepStrictEqual([...found.readings], [...readings]) &&
    checkSignature(opened, signerOf(claims.iss)) === null
  )
}

/**
 * @param trust of its device now
 * @param time of the command, milliseconds since 1970
 */
export const fateOfUndecided = (
  message: AssayedMessage,
  trust: TrustState,
  knowledge: Knowledge,
  time: number,
): Stays | null => {
  const { claims, decision, verdicts } = message
  const passes = STAGES.every((stage) => verdicts[stage] !== null && verdicts[stage]!.outcome !== "fail")
  if (decision?.kind !== "original" || !passes) return "would not pass"
  if (decision.outcome !== "verified" && decision.outcome !== "annotated") return "would not pass"
  if (claims?.kind !== "message" || (claims.act !== "telemetry" && claims.act !== "event")) return "not deliverable"
  if (trust === "quarantined" || trust === "revoked") return "device withheld"
  if (!isItsWord(message)) return "not its device's word"
  const { policy, bundle } = knowledge
  if (policy === null || bundle === null || policy.expires <= time || bundle.expires <= time) return "not superseded"
  return flows(message, claims, knowledge) ? null : "holds"
}
