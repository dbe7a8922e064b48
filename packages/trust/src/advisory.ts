/**
 * An advisory about firmware: knowledge of the kind `advisory`, one item for each vendor and id. It can only make worse what somebody
 * else has listed. It names firmware by digest: which packages are in which firmware was asked when it was made.
 */

/** Times in milliseconds since 1970. */
export interface Advisory {
  readonly version: number
  readonly issued: number
  readonly expires: number
  /** As its source names it, such as `CVE-2030-1234`. */
  readonly id: string
  readonly vendor: string
  /** For people. */
  readonly title: string
  /** The documents that it was made of. */
  readonly sources: ReadonlyArray<{
    readonly format: (typeof ADVISORY_FORMATS)[number]
    readonly id: string
    /** SHA-256 of its bytes, hex. */
    readonly digest: string
  }>
  /** From when on devices may have been attacked by it: decisions since then are worth another look. */
  readonly since: number
  /** None: an earlier version of it is taken back. */
  readonly affected: ReadonlyArray<AffectedFirmware>
}

export interface AffectedFirmware {
  readonly class: string
  /** Of the image or set, as its claim has it: SHA-256, hex. */
  readonly digest: string
  readonly status: "vulnerable" | "revoked"
}

export const ADVISORY_FORMATS = ["osv", "openvex", "csaf", "own"] as const
export const ADVISORY_KIND = "advisory"

/** Neither has a slash. */
export const advisorySubject = (vendor: string, id: string): string => `${vendor}/${id}`
