/**
 * The devices that a gateway may speak for, since they cannot sign. Each is named; no pattern names several. It is signed by a
 * threshold of the roots, or by two operators that the bundle gives the right `delegate`: no gateway can pass on what it was
 * given, and no single key can give it.
 */
import { keyIdOfDid } from "@assay/did"
import { hasDocument } from "@assay/did-document"
import { DELEGATION_KIND, type Delegation, rolesNow } from "@assay/trust"
import { DSSE_MEDIA_TYPE, refuse, signedByRoots } from "../../authority/roots.ts"
import { plainOf } from "../../bodies/read-json.ts"
import type { KnowledgeKind, OpenContext, Refused } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"
import { MAX_DELEGATION_BYTES, parseDelegation } from "./parse.ts"

/** The DSSE payload type: the JSON text. */
export const DELEGATION_TYPE = "application/vnd.assay.delegation+json"

/** Operators that sign together: it loosens, so it needs two whatever the bundle says. */
const OPERATORS = 2
/** Gateways of one deployment. */
const MAX_GATEWAYS = 64
const QUARTER_MS = 90 * 86_400_000

/** Signed by the roots, else by operators with the right to. Of both refusals the one that came nearer is said. */
const signed = (bytes: Uint8Array, { roots, bundle }: OpenContext): { readonly payload: Uint8Array } | Refused => {
  const byRoots = signedByRoots(bytes, DELEGATION_TYPE, roots)
  if (!("reasons" in byRoots)) return byRoots
  const operators = (bundle?.body.operators ?? []).filter(
    // The signature of an item names its key by a DID that is the key.
    ({ did, rights }) => rights.includes("delegate") && !hasDocument(did),
  )
  if (operators.length < OPERATORS) return byRoots
  const byOperators = signedByRoots(bytes, DELEGATION_TYPE, {
    roots: operators.map(({ did }) => did),
    threshold: OPERATORS,
  })
  if (!("reasons" in byOperators)) return byOperators
  return refuse(byOperators.reasons[0]!, `by the roots: ${byRoots.detail}; by operators: ${byOperators.detail}`)
}

/** A key has one role: whoever can sign a delegation must not be the one whom it serves. */
const whyNoGateway = ({ gateway }: Delegation, { roots, bundle }: OpenContext): string | null => {
  const key = keyIdOfDid(gateway)
  const taken = rolesNow(roots, bundle?.body ?? null).find(([did]) => keyIdOfDid(did) === key)
  return taken === undefined ? null : `gateway is the key of ${taken[1]}; a key has one role`
}

export const DELEGATION: KnowledgeKind<Delegation> = {
  name: DELEGATION_KIND,
  title: KIND_TITLES.delegation,
  scope: "deployment",
  authority: "bundle",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: 2 * MAX_DELEGATION_BYTES, subjects: MAX_GATEWAYS },
  required: false,
  // It lies on every partition, whatever it is about.
  subject: () => "",
  open: (bytes, context) => {
    const opened = signed(bytes, context)
    if ("reasons" in opened) return opened
    const parsed = parseDelegation(opened.payload)
    if ("problem" in parsed) return refuse("control.knowledge_malformed", parsed.problem)
    const { body } = parsed
    const role = whyNoGateway(body, context)
    if (role !== null) return refuse("control.knowledge_malformed", role)
    return { version: body.version, body, subject: body.gateway }
  },
  project: () => null,
  expiresAt: ({ expires }) => expires,
  stops: "subject",
  plain: {
    payloadType: DELEGATION_TYPE,
    read: (bytes, { file }) => plainOf(parseDelegation(bytes), file),
    start: (now) => {
      const delegation: Delegation = {
        version: 1,
        issued: now,
        expires: now + QUARTER_MS,
        // The example of the did:key specification: put your gateway's DID here.
        gateway: "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        devices: [{ name: "urn:dev:mac:0024befffe804ff1", vendor: "acme", class: "meter" }],
      }
      return `${JSON.stringify(delegation, null, 2)}\n`
    },
    diff: (before, after) => {
      const [was, is] = [before, after].map(({ devices }) => new Map(devices.map((one) => [one.name, one])))
      const added = [...is!.keys()].filter((name) => !was!.has(name))
      const removed = [...was!.keys()].filter((name) => !is!.has(name))
      const moved = [...is!.values()].filter(
        ({ name, vendor, class: cls }) =>
          was!.has(name) && (was!.get(name)!.vendor !== vendor || was!.get(name)!.class !== cls),
      )
      return {
        value: { added, removed, changed: moved.map(({ name }) => name) },
        lines: [
          ...added.map((name) => `+ ${name}`),
          ...removed.map((name) => `- ${name}`),
          ...moved.map(({ name, vendor, class: cls }) => `~ ${name}: ${vendor}/${cls}`),
        ],
      }
    },
    explain: ({ gateway, devices }) => [
      `${gateway} speaks for ${devices.length} ${devices.length === 1 ? "device" : "devices"}; their assurance is claimed at most`,
      ...devices.map(({ name, vendor, class: cls }) => `${name}: ${vendor}/${cls}`),
    ],
  },
}
