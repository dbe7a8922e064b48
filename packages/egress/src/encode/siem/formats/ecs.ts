/** Elastic Common Schema 8.17: fields as nested objects. Required are `@timestamp` and `ecs.version` alone. */
import { safeJson } from "@assay/trust/kit"
import { rfc3339 } from "../../place.ts"
import { type SecurityEvent, techniquesOf } from "../event.ts"
import type { FormatOptions, SiemFormat } from "../format.ts"
import { nameOfSeverity } from "../severity.ts"

const ECS_VERSION = "8.17.0"

/** `event.severity` of ECS has no scale of its own; Elastic's detection rules use these risk scores. */
const SEVERITY = { 1: 0, 2: 21, 3: 47, 4: 73, 5: 99 } as const

const TYPE = {
  allowed: ["info", "allowed"],
  annotated: ["info", "allowed"],
  quarantined: ["denied"],
  rejected: ["denied"],
  restored: ["change", "allowed"],
  revoked: ["change", "denied"],
  error: ["error"],
} as const satisfies Record<SecurityEvent["disposition"], ReadonlyArray<string>>

/** What is null stands for nothing, and a mapping of Elastic has no use for it. */
const withoutNulls = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null && member !== undefined))

const documentOf = (event: SecurityEvent, { host, version }: FormatOptions) => {
  const { reasons, storm, subject } = event
  const [first] = reasons
  const techniques = techniquesOf(event)
  return {
    "@timestamp": rfc3339(event.timeMs),
    ecs: { version: ECS_VERSION },
    message: event.message,
    event: withoutNulls({
      id: event.key,
      kind: event.outcome === "verified" ? "event" : "alert",
      category: ["intrusion_detection"],
      type: TYPE[event.disposition],
      action: event.disposition,
      code: first?.code ?? null,
      reason: first?.text ?? null,
      outcome:
        event.outcome === "undecided"
          ? "unknown"
          : TYPE[event.disposition].includes("denied" as never)
            ? "failure"
            : "success",
      severity: SEVERITY[event.severity],
      dataset: "assay.decision",
      module: "assay",
      provider: "assay",
      start: storm === null ? null : rfc3339(event.timeMs),
      end: storm === null ? null : rfc3339(storm.lastTimeMs),
    }),
    log: { level: nameOfSeverity(event.severity) },
    observer: { vendor: "Assay", product: "Assay", type: "gateway", version, hostname: host },
    ...(first === undefined
      ? {}
      : {
          rule: {
            id: first.code,
            name: first.code,
            description: first.text,
            ruleset: "assay",
            category: first.code.split(".")[0],
          },
        }),
    ...(event.device === null
      ? {}
      : {
          device: withoutNulls({
            id: event.device,
            manufacturer: subject?.vendor ?? null,
            model: subject === null ? null : withoutNulls({ name: subject.class }),
          }),
        }),
    ...(techniques.length === 0
      ? {}
      : {
          threat: {
            framework: "MITRE ATT&CK",
            technique: { id: techniques.map(({ id }) => id), name: techniques.map(({ name }) => name) },
            tactic: {
              id: [...new Set(techniques.map(({ tactic }) => tactic.id))],
              name: [...new Set(techniques.map(({ tactic }) => tactic.name))],
            },
          },
        }),
    assay: withoutNulls({
      origin: event.origin,
      outcome: event.outcome,
      kind: event.kind,
      supersedes: event.supersedes,
      reasons: reasons.map(({ code }) => code),
      remedy: first?.remedy ?? null,
      claimed: event.claimed,
      zone: event.zone,
      action: event.action,
      audience: event.audience,
      assurance: subject?.assurance ?? null,
      trust: event.trust,
      reputation: event.reputation,
      digest: event.digest,
      binding: event.binding,
      principal: event.principal,
      detail: event.detail,
      storm: storm === null ? null : { ...storm },
    }),
  }
}

export const ecs = (options: FormatOptions): SiemFormat => ({
  name: "ecs",
  mediaType: "application/x-ndjson",
  line: (event) => safeJson(documentOf(event, options)),
})
