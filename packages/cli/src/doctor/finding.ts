/** What `assay doctor` found at one place, and what to do about it. */
export interface Finding {
  /** What was looked at, for example `roots`. */
  readonly check: string
  /** `warn` still works today. */
  readonly state: "ok" | "warn" | "fail"
  readonly found: string
  /** What to do; null where nothing is wrong. */
  readonly cure: string | null
}

export const ok = (check: string, found: string): Finding => ({ check, state: "ok", found, cure: null })
export const warn = (check: string, found: string, cure: string): Finding => ({ check, state: "warn", found, cure })
export const fail = (check: string, found: string, cure: string): Finding => ({ check, state: "fail", found, cure })
