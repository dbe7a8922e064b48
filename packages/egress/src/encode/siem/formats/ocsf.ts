/**
 * Open Cybersecurity Schema Framework, the part of it that versions 1.5 to 1.8 share. `metadata.version` says which is meant.
 *
 * | what was decided | class |
 * |---|---|
 * | a later decision on the same message | 3004 Entity Management: Suspend, Resume |
 * | the sender or its credential was not accepted | 3002 Authentication |
 * | the flow was refused | 4001 Network Activity: Refuse |
 * | integrity, behaviour, a copy of the key, a fault of Assay | 2004 Detection Finding |
 * | a presentation was accepted | 5001 Device Inventory Info |
 * | a message may pass | 3003 Authorize Session |
 */
import { safeJson } from "@assay/trust/kit"
import type { Technique } from "../attack.ts"
import { codeOf, type Disposition, type SecurityEvent, techniquesOf, titleOf } from "../event.ts"
import type { FormatOptions, SiemFormat } from "../format.ts"
import { nameOfSeverity } from "../severity.ts"

export const OCSF_VERSIONS = ["1.5.0", "1.6.0", "1.7.0", "1.8.0"] as const

const CLASSES = {
  finding: { uid: 2004, name: "Detection Finding", category: 2, categoryName: "Findings" },
  authentication: { uid: 3002, name: "Authentication", category: 3, categoryName: "Identity & Access Management" },
  authorization: { uid: 3003, name: "Authorize Session", category: 3, categoryName: "Identity & Access Management" },
  entity: { uid: 3004, name: "Entity Management", category: 3, categoryName: "Identity & Access Management" },
  network: { uid: 4001, name: "Network Activity", category: 4, categoryName: "Network Activity" },
  inventory: { uid: 5001, name: "Device Inventory Info", category: 5, categoryName: "Discovery" },
} as const
type ClassName = keyof typeof CLASSES

const ACTIVITIES = {
  finding: [1, "Create"],
  authentication: [1, "Logon"],
  authorization: [1, "Assign Privileges"],
  suspend: [12, "Suspend"],
  resume: [13, "Resume"],
  network: [5, "Refuse"],
  inventory: [2, "Collect"],
} as const

/** `disposition_id` of the dictionary; what passes with a remark is tagged. */
const DISPOSITIONS = {
  allowed: [1, "Allowed"],
  annotated: [18, "Tagged"],
  quarantined: [3, "Quarantined"],
  rejected: [25, "Rejected"],
  restored: [9, "Restored"],
  revoked: [24, "Access Revoked"],
  error: [27, "Error"],
} as const satisfies Record<Disposition, readonly [number, string]>

const IOT = { type_id: 7, type: "IOT" } as const
const SYSTEM = { type_id: 3, type: "System" } as const
const UNKNOWN = { type_id: 0, type: "Unknown" } as const
const RULE = { type_id: 1, type: "Rule" } as const

const passes = ({ disposition }: SecurityEvent): boolean =>
  disposition === "allowed" || disposition === "annotated" || disposition === "restored"

/** An annotation below medium is no finding: the device is new, or our knowledge lacks something. */
const isFinding = (event: SecurityEvent): boolean => !passes(event) || event.severity >= 3

const classOf = (event: SecurityEvent): ClassName => {
  if (event.kind !== "original") return "entity"
  const family = event.reasons[0]?.code.split(".")[0]
  if (family === "segmentation" && !passes(event)) return "network"
  if (family === "credential" || (family === "identity" && event.device === null)) return "authentication"
  if (isFinding(event)) return "finding"
  return event.action === null ? "inventory" : "authorization"
}

const activityOf = (name: ClassName, event: SecurityEvent): readonly [number, string] =>
  name === "entity" ? ACTIVITIES[event.disposition === "restored" ? "resume" : "suspend"] : ACTIVITIES[name]

const attackOf = ({ id, name, tactic }: Technique, version: string) => {
  const [main, sub] = id.split(".")
  const [mainName, subName] = name.split(": ")
  return {
    version,
    tactic: { uid: tactic.id, name: tactic.name },
    technique: { uid: main, name: mainName },
    ...(sub === undefined ? {} : { sub_technique: { uid: id, name: subName } }),
  }
}

const deviceOf = ({ device, subject, zone }: SecurityEvent, uid: string) => ({
  ...IOT,
  uid: device ?? uid,
  ...(subject === null ? {} : { vendor_name: subject.vendor, model: subject.class }),
  ...(zone === null ? {} : { zone }),
})

const userOf = ({ device, claimed }: SecurityEvent) =>
  device === null
    ? { ...UNKNOWN, name: claimed === null || claimed === "" ? "unknown" : claimed }
    : { ...SYSTEM, uid: device }

/** What a class demands beside the core. */
const contentOf = (name: ClassName, event: SecurityEvent, attacks: ReadonlyArray<object>): object => {
  const { device, audience } = event
  const audienceOf = audience === null ? {} : { dst_endpoint: { uid: audience, svc_name: audience } }
  const own = device === null ? {} : { device: deviceOf(event, device) }
  switch (name) {
    case "finding":
      return { ...own, ...findingOf(event, attacks) }
    case "authentication":
      return {
        ...own,
        user: userOf(event),
        service: { name: "Assay" },
        auth_protocol: "JWS",
        ...audienceOf,
        ...outcomeOf(event),
      }
    case "authorization":
      return { ...own, user: userOf(event), privileges: [event.action ?? "none"], ...audienceOf, ...outcomeOf(event) }
    case "network":
      return {
        ...own,
        src_endpoint: { ...IOT, uid: device ?? "unknown", ...(event.zone === null ? {} : { zone: event.zone }) },
        ...audienceOf,
        ...outcomeOf(event),
      }
    case "entity":
      return { ...own, entity: { type_id: 1, type: "Device", uid: device ?? event.origin }, ...outcomeOf(event) }
    case "inventory":
      return { device: deviceOf(event, event.origin), ...outcomeOf(event) }
  }
}

const outcomeOf = (event: SecurityEvent) => ({
  ...(passes(event) ? { status_id: 1, status: "Success" } : { status_id: 2, status: "Failure" }),
  ...(event.reasons[0] === undefined
    ? {}
    : { status_code: event.reasons[0].code, status_detail: event.reasons[0].text }),
})

const findingOf = (event: SecurityEvent, attacks: ReadonlyArray<object>) => {
  const { reasons, timeMs, storm } = event
  const [first] = reasons
  const code = codeOf(event)
  return {
    status_id: 1,
    status: "New",
    status_code: code,
    is_alert: event.severity >= 3,
    finding_info: {
      uid: event.key,
      title: titleOf(event),
      desc: event.message,
      types: [...new Set(reasons.map(({ code: one }) => one.split(".")[0]!))],
      analytic: { ...RULE, uid: code, name: code },
      created_time: timeMs,
      first_seen_time: timeMs,
      last_seen_time: storm?.lastTimeMs ?? timeMs,
      ...(attacks.length === 0 ? {} : { attacks }),
    },
    ...(first === undefined ? {} : { remediation: { desc: first.remedy } }),
  }
}

const recordOf = (event: SecurityEvent, { ocsf: schema, version, attack }: FormatOptions): object => {
  const name = classOf(event)
  const { uid, category, categoryName, name: className } = CLASSES[name]
  const [activity, activityName] = activityOf(name, event)
  const [disposition, dispositionName] = DISPOSITIONS[event.disposition]
  const attacks = techniquesOf(event).map((technique) => attackOf(technique, attack))
  const code = event.reasons[0]?.code
  const severity = nameOfSeverity(event.severity)
  return {
    activity_id: activity,
    activity_name: activityName,
    category_uid: category,
    category_name: categoryName,
    class_uid: uid,
    class_name: className,
    type_uid: uid * 100 + activity,
    type_name: `${className}: ${activityName}`,
    time: event.timeMs,
    severity_id: event.severity,
    severity: `${severity[0]!.toUpperCase()}${severity.slice(1)}`,
    message: event.message,
    metadata: {
      version: schema,
      product: { name: "Assay", vendor_name: "Assay", version },
      profiles: ["host", "security_control"],
      uid: event.key,
      correlation_uid: event.origin,
      log_name: event.place.stream,
      ...(code === undefined ? {} : { event_code: code }),
    },
    ...(passes(event) ? { action_id: 1, action: "Allowed" } : { action_id: 2, action: "Denied" }),
    disposition_id: disposition,
    disposition: dispositionName,
    ...(attacks.length === 0 ? {} : { attacks }),
    ...(event.storm === null
      ? {}
      : { count: event.storm.count, start_time: event.timeMs, end_time: event.storm.lastTimeMs }),
    ...contentOf(name, event, attacks),
    unmapped: {
      outcome: event.outcome,
      kind: event.kind,
      supersedes: event.supersedes,
      reasons: event.reasons.map(({ code: one, attribution }) => ({ code: one, attribution })),
      remedy: event.reasons[0]?.remedy ?? null,
      claimed: event.claimed,
      zone: event.zone,
      action: event.action,
      audience: event.audience,
      assurance: event.subject?.assurance ?? null,
      trust: event.trust,
      reputation: event.reputation,
      digest: event.digest,
      binding: event.binding,
      principal: event.principal,
      detail: event.detail,
      last_key: event.storm?.lastKey ?? null,
      devices: event.storm?.devices ?? null,
    },
  }
}

export const ocsf = (options: FormatOptions): SiemFormat => ({
  name: "ocsf",
  mediaType: "application/x-ndjson",
  line: (event) => safeJson(recordOf(event, options)),
  attributes: (event) => ({ class: String(CLASSES[classOf(event)].uid) }),
})
