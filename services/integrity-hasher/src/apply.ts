/**
 * What control, admission and tick entries do here: nothing. A chain goes on whatever operators decide, gaps are found by
 * later messages (silence is anomaly-quarantine's), and a new bundle is met by its index.
 */
import { type Effects, NO_EFFECTS } from "@assay/trust"

export const applyIntegrity = (): Effects<never> => NO_EFFECTS
