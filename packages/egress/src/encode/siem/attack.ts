/**
 * Which technique of MITRE ATT&CK for ICS a reason hints at. ATT&CK renumbers: version 19 made sub-techniques of some, so the
 * ids are a table by version, and the reasons name our own keys. A reason that is no attack by itself (something is expired,
 * unknown, being learned) has none.
 */
import type { Action, ReasonCode } from "@assay/trust"

export const ATTACK_VERSIONS = ["18", "19"] as const
export type AttackVersion = (typeof ATTACK_VERSIONS)[number]

export interface Technique {
  readonly id: string
  readonly name: string
  /** Of the tactic that fits what Assay sees, where a technique serves several. */
  readonly tactic: { readonly id: string; readonly name: string }
}

const TACTICS = {
  collection: { id: "TA0100", name: "Collection" },
  evasion: { id: "TA0103", name: "Evasion" },
  impact: { id: "TA0105", name: "Impact" },
  impair: { id: "TA0106", name: "Impair Process Control" },
  inhibit: { id: "TA0107", name: "Inhibit Response Function" },
  lateral: { id: "TA0109", name: "Lateral Movement" },
  persistence: { id: "TA0110", name: "Persistence" },
} as const

const TECHNIQUES = {
  inTheMiddle: [TACTICS.collection, ["T0830", "Adversary-in-the-Middle"]],
  blockReporting: [
    TACTICS.inhibit,
    ["T0804", "Block Reporting Message"],
    ["T1691.002", "Block Operational Technology Message: Reporting Message"],
  ],
  command: [
    TACTICS.impair,
    ["T0855", "Unauthorized Command Message"],
    ["T1692.001", "Unauthorized Message: Command Message"],
  ],
  reporting: [
    TACTICS.impair,
    ["T0856", "Spoof Reporting Message"],
    ["T1692.002", "Unauthorized Message: Reporting Message"],
  ],
  firmware: [TACTICS.persistence, ["T0857", "System Firmware"], ["T1693.001", "Modify Firmware: System Firmware"]],
  denial: [TACTICS.inhibit, ["T0814", "Denial of Service"]],
  accounts: [TACTICS.lateral, ["T0859", "Valid Accounts"]],
  masquerading: [TACTICS.evasion, ["T0849", "Masquerading"]],
  remote: [TACTICS.lateral, ["T0886", "Remote Services"]],
  view: [TACTICS.impact, ["T0832", "Manipulation of View"]],
} as const satisfies Record<
  string,
  readonly [tactic: Technique["tactic"], v18: readonly [string, string], v19?: readonly [string, string]]
>
type Key = keyof typeof TECHNIQUES

/** What a forged message is depends on what it does. */
const BY_ACTION: Readonly<Record<Action, Key>> = {
  telemetry: "reporting",
  event: "reporting",
  command: "command",
  config: "command",
  firmware: "firmware",
}

const BY_REASON: { readonly [Code in ReasonCode]?: Key | "forged" } = {
  "identity.key_mismatch": "forged",
  "identity.weak_key": "masquerading",
  "identity.signature_invalid": "forged",
  "identity.misrouted": "forged",
  "identity.replayed": "forged",
  "identity.presentation_untimely": "masquerading",
  "identity.rival": "accounts",
  "identity.equivocation": "accounts",
  "identity.clone_evidence": "accounts",
  "identity.role_refused": "accounts",
  "credential.signature_invalid": "masquerading",
  "credential.issuer_untrusted": "masquerading",
  "credential.holder_mismatch": "masquerading",
  "credential.hardware_mismatch": "masquerading",
  "credential.revoked": "accounts",
  "credential.suspended": "accounts",
  "credential.measurement_refused": "reporting",
  "credential.value_out_of_range": "view",
  "credential.action_refused": "command",
  "credential.audience_refused": "remote",
  "credential.rate_exceeded": "denial",
  "integrity.chain_broken": "inTheMiddle",
  "integrity.chain_gap": "blockReporting",
  "integrity.firmware_unknown": "firmware",
  "integrity.firmware_tampered": "firmware",
  "integrity.firmware_lying": "firmware",
  "integrity.firmware_mismatched": "firmware",
  "integrity.firmware_rolled_back": "firmware",
  "integrity.firmware_revoked": "firmware",
  "segmentation.audience_unknown": "remote",
  "segmentation.no_conduit": "remote",
  "segmentation.guardrail": "remote",
  "segmentation.rate_exceeded": "denial",
  "segmentation.lateral_movement": "remote",
  "anomaly.level_shift": "view",
  "anomaly.novel_range": "view",
  "anomaly.variation": "view",
  "anomaly.stuck": "view",
  "anomaly.drift": "view",
  "anomaly.rate": "denial",
  "anomaly.flood": "denial",
  "anomaly.silence": "blockReporting",
  "control.signature_invalid": "command",
  "control.not_operator": "command",
  "control.right_missing": "command",
  "control.replayed": "command",
  "control.admission_unproven": "masquerading",
  "control.knowledge_unsigned": "command",
}

/** @param action what the message does; null where that is not known: taken for a report, as most are */
export const techniqueOf = (code: ReasonCode, action: Action | null, version: AttackVersion): Technique | null => {
  const found = BY_REASON[code]
  if (found === undefined) return null
  const [tactic, v18, v19] = TECHNIQUES[found === "forged" ? BY_ACTION[action ?? "telemetry"] : found] as readonly [
    Technique["tactic"],
    readonly [string, string],
    (readonly [string, string])?,
  ]
  const [id, name] = version === "18" ? v18 : (v19 ?? v18)
  return { id, name, tactic }
}
