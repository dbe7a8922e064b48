/** What controls, admissions and ticks do here: nothing. Revoked devices keep their sequence; the last stage decides on them. */
import { type Effects, NO_EFFECTS } from "@assay/trust"
import type { IdentityState } from "./state.ts"

export const applyIdentity = (): Effects<IdentityState> => NO_EFFECTS
