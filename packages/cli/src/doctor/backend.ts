/** What verifies Ed25519 on this machine. */
import type { Backend } from "@assay/jose/verify"
import { type Finding, ok, warn } from "./finding.ts"

/** Slower is no fault, and no verdict differs: a warning at most. */
export const backendFinding = ({ name, problem }: Backend): Finding => {
  if (problem === null) return ok("verification", `Ed25519 by ${name === "sodium" ? "libsodium" : "node:crypto"}`)
  return warn(
    "verification",
    `Ed25519 by node:crypto, more slowly: ${problem}`,
    "install with npm ci, without --omit=optional; where this platform has no binary, set ASSAY_VERIFY_BACKEND=node",
  )
}
