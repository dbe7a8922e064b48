/** On which of its chains a device's message stands, as identity-resolver found. */
import type { Verdict } from "@assay/trust"

/** `aside`: contested; `none`: it proves a fork, so it is no part of the device's chain. */
export const branchOf = ({ reasons }: Verdict): "main" | "aside" | "none" => {
  for (const code of reasons) {
    if (code === "identity.contested") return "aside"
    if (code === "identity.equivocation" || code === "identity.clone_evidence") return "none"
  }
  return "main"
}
