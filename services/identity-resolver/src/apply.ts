/** What controls, admissions and ticks do here: nothing. Revoked devices keep their sequence; the last stage decides on them. */
import { type Effects, NO_EFFECTS } from "@assay/trust"

export const applyIdentity = (): Effects<never> => NO_EFFECTS
