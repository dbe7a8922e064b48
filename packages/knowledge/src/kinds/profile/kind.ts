/** The profile: freshness, positions, detector thresholds and containment. Loosening needs the roots' threshold. */
import { DEFAULT_RULES, type Profile } from "@assay/trust"
import { DSSE_MEDIA_TYPE, refuse, signedByRoots } from "../../authority/roots.ts"
import type { KnowledgeKind } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"
import { changesOf, changesOfDeclarations, formatChange } from "./explain.ts"
import { MAX_PROFILE_BYTES, parseProfile } from "./parse.ts"

/** The DSSE payload type of a profile: the JSON text. */
export const PROFILE_TYPE = "application/vnd.assay.profile+json"

const YEAR_MS = 365 * 86_400_000

export const PROFILE: KnowledgeKind<Profile> = {
  name: "profile",
  title: KIND_TITLES.profile,
  scope: "deployment",
  authority: "roots",
  mediaType: DSSE_MEDIA_TYPE,
  // Base64 of the text, and 32 signatures.
  maximum: { bytes: 2 * MAX_PROFILE_BYTES, subjects: 1 },
  // The defaults hold where there is none.
  required: false,
  subject: () => "",
  open: (bytes, { roots }) => {
    const signed = signedByRoots(bytes, PROFILE_TYPE, roots)
    if ("reasons" in signed) return signed
    const profile = parseProfile(signed.payload)
    if (!("errors" in profile)) return { version: profile.version, body: profile, subject: "" }
    const { path, message, line } = profile.errors[0]!
    const where = line === undefined ? "" : ` (line ${line})`
    return refuse("control.knowledge_malformed", `${path || "profile"} ${message}${where}`)
  },
  project: () => null,
  expiresAt: ({ expires }) => expires,
  stops: "everything",
  plain: {
    payloadType: PROFILE_TYPE,
    read: (bytes, { file }) => {
      const profile = parseProfile(bytes)
      if ("errors" in profile) {
        const problems = profile.errors.map(
          ({ path, message, line }) => `${file}${line === undefined ? "" : `:${line}`}: error: ${path}: ${message}`,
        )
        return { body: null, problems }
      }
      return { body: profile, problems: [] }
    },
    start: (now) => {
      const profile: Profile = {
        version: 1,
        issued: now,
        expires: now + YEAR_MS,
        ...DEFAULT_RULES,
        classes: {},
        measurements: [],
        volatile: [],
        attest: [],
      }
      return `${JSON.stringify(profile, null, 2)}\n`
    },
    diff: (before, after) => {
      const changes = changesOf(before, after)
      const declared = changesOfDeclarations(before, after)
      return { value: [...changes, ...declared], lines: [...changes.map(formatChange), ...declared] }
    },
    explain: (profile) => {
      const changes = changesOf(DEFAULT_RULES, profile).map(formatChange)
      const declared = changesOfDeclarations({}, profile)
      return changes.length + declared.length === 0 ? ["every value is the default"] : [...changes, ...declared]
    },
  },
}
