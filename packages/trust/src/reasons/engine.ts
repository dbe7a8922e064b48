/** Reasons that speak of Assay itself: nobody else is charged with them. */
import type { ReasonInfo } from "../reasons.ts"

export const ENGINE_REASONS = {
  "engine.fault": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "A stage of Assay failed at this message and at no other; it is kept, and waits for the fault to be mended",
    remedy:
      "Keep the data, and report the log line entries.undecided. Once a version with the mend runs, assay replay shows what the entry would have been decided as",
  },
  "engine.unreadable_record": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "A record between two stages cannot be read: only stages write there, so it is a fault of Assay, or of whoever else may write there; it is kept, and no device is charged with it",
    remedy:
      "See who may write to the topics between the stages (assay topics plan --principals shows the ACLs), and keep the record; if only the stages may, report it with the log line",
  },
} as const satisfies Record<string, ReasonInfo>
