/**
 * What a trust registry answered (ToIP TRQP 2.0): which issuers it authorizes, and which authorities it recognises. Its answers carry no
 * signature, so resolvers that the bundle names sign what each of them captured, as many as the bundle asks for; and the bundle says
 * what such an issuer may attest at most, and for how long an answer lasts.
 */
import { keyIdOfDid } from "@assay/did"
import { REGISTRY_KIND, type RegistryAnswers, rolesNow, type TrustedRegistry } from "@assay/trust"
import { signedByResolvers } from "../../authority/resolvers.ts"
import { DSSE_MEDIA_TYPE, refuse } from "../../authority/roots.ts"
import { plainOf } from "../../bodies/read-json.ts"
import type { KnowledgeKind, OpenContext, Refused } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"
import { MAX_REGISTRY_BYTES, readRegistry } from "./body.ts"

/** The DSSE payload type: the JSON text. */
export const TRUST_REGISTRY_TYPE = "application/vnd.assay.trust-registry+json"
/** Registries of one bundle. */
export const MAX_REGISTRIES = 32
const SECOND_MS = 1_000

const registryOf = ({ bundle }: OpenContext, { authority }: RegistryAnswers): TrustedRegistry | undefined =>
  bundle?.body.registries?.find((one) => one.authority === authority)

/** Why the bundle takes it for no answer of one of its registries, but for who signed it. */
const whyNotNamed = (registry: TrustedRegistry, body: RegistryAnswers): string | null => {
  if (body.framework !== registry.framework)
    return `framework is ${body.framework}, and the bundle takes this registry under ${registry.framework}`
  if (body.expires - body.checked > registry.maxAgeMs)
    return `expires lies more than ${registry.maxAgeMs} ms after checked, the maximum of the bundle`
  const late = body.answers.findIndex(({ evaluated, expires }) => expires - evaluated > registry.maxAgeMs)
  return late < 0 ? null : `answers[${late}] lasts longer than the ${registry.maxAgeMs} ms of the bundle`
}

/** A key has one role: no registry makes an issuer of one that the roots or the bundle have given another. */
const whyRole = ({ answers }: RegistryAnswers, { roots, bundle }: OpenContext): string | null => {
  const taken = new Map(rolesNow(roots, bundle?.body ?? null).map(([did, role]) => [keyIdOfDid(did), role]))
  for (const [index, { query, entity, holds }] of answers.entries()) {
    const role = query === "authorization" && holds ? taken.get(keyIdOfDid(entity)) : undefined
    if (role !== undefined && role !== "an issuer")
      return `answers[${index}] authorizes the key of ${role}; a key has one role`
  }
  return null
}

const opened = (bytes: Uint8Array, context: OpenContext): { readonly body: RegistryAnswers } | Refused => {
  const signed = signedByResolvers(bytes, TRUST_REGISTRY_TYPE, context)
  if ("reasons" in signed) return signed
  const found = readRegistry(signed.payload)
  if ("problem" in found) return refuse("control.knowledge_malformed", found.problem)
  const { body } = found
  const registry = registryOf(context, body)
  if (registry === undefined)
    return refuse("control.knowledge_unsigned", `the bundle in force names no registry of ${body.authority}`)
  if (signed.resolvers.length < registry.resolvers)
    return refuse(
      "control.knowledge_unsigned",
      `${signed.resolvers.length} of ${registry.resolvers} resolvers signed: an answer of this registry has no signature of its own`,
    )
  const odd = whyNotNamed(registry, body) ?? whyRole(body, context)
  return odd === null ? { body } : refuse("control.knowledge_malformed", odd)
}

const ofAnswer = ({
  query,
  authority,
  entity,
  action,
  resource,
  level,
  holds,
  expires,
}: RegistryAnswers["answers"][number]) => {
  const verb = query === "authorization" ? "authorizes" : "recognises"
  const at = level === null ? "" : ` at level ${level}`
  return `${authority} ${holds ? verb : `denies that it ${verb}`} ${entity}: ${action} ${resource}${at}, until ${new Date(expires).toISOString()}`
}

export const TRUST_REGISTRY: KnowledgeKind<RegistryAnswers> = {
  name: REGISTRY_KIND,
  title: KIND_TITLES[REGISTRY_KIND],
  scope: "deployment",
  authority: "bundle",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: 2 * MAX_REGISTRY_BYTES, subjects: MAX_REGISTRIES },
  required: false,
  // It lies on every partition, whatever it is about.
  subject: () => "",
  about: ({ authority }) => authority,
  open: (bytes, context) => {
    const found = opened(bytes, context)
    if ("reasons" in found) return found
    const { body } = found
    return { version: Math.floor(body.checked / SECOND_MS), body, subject: body.authority }
  },
  project: () => null,
  expiresAt: ({ expires }) => expires,
  notBefore: ({ checked }) => checked,
  fleeting: true,
  stops: "subject",
  renewed: true,
  parts: ({ authority, checked, expires }) => [
    { what: `what the registry ${authority} answered`, expires, soonMs: (expires - checked) / 4 },
  ],
  plain: {
    payloadType: TRUST_REGISTRY_TYPE,
    read: (bytes, { file }) => plainOf(readRegistry(bytes), file),
    explain: ({ authority, framework, answers }) => [
      `${authority} answers under ${framework}: ${answers.length} answers`,
      ...answers.map(ofAnswer),
    ],
  },
}
