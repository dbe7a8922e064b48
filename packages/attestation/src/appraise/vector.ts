/** The trustworthiness vector (draft-ietf-rats-ar4si, section 2.3) and what it comes to. Claims left out say nothing. */

export interface Vector {
  readonly "instance-identity"?: number
  readonly configuration?: number
  readonly executables?: number
  readonly hardware?: number
}

/** Values of claims, by AR4SI. */
export const CLAIM = {
  recognizedInstance: 2,
  approvedConfiguration: 2,
  unsafeConfiguration: 32,
  unsupportableConfiguration: 96,
  approvedBoot: 3,
  unsafeExecutables: 32,
  unrecognizedExecutables: 33,
  contraindicatedExecutables: 96,
  genuineHardware: 2,
  unsafeHardware: 32,
  contraindicatedHardware: 96,
  unrecognizedHardware: 97,
} as const

export const STATUSES = ["none", "affirming", "warning", "contraindicated"] as const
/** The tiers of AR4SI, section 3.2. */
export type EarStatus = (typeof STATUSES)[number]

const tierOf = (claim: number): number => (claim < 2 ? 0 : claim < 32 ? 1 : claim < 96 ? 2 : 3)

/** The worst tier of all claims. */
export const statusOf = (vector: Vector): EarStatus => {
  let worst = 0
  for (const claim of Object.values(vector) as ReadonlyArray<number>) worst = Math.max(worst, tierOf(claim))
  return STATUSES[worst]!
}
