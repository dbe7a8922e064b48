/**
 * The policy slice of a zone: which passport signers its devices believe, the conduits that concern the zone, and how old
 * passports, messages and revocation snapshots may be. Devices pin the roots and check the same envelope (`packages/passport`); no
 * stage judges by it.
 */
import { keyIdOfDid, repeatedKeys, resolveDeviceKey } from "@assay/did"
import { dssePayload } from "@assay/jose"
import type { Slice } from "@assay/passport"
import { MAX_SLICE_BYTES, readSlice, SLICE_TYPE } from "@assay/passport/issue"
import type { RootSet } from "@assay/trust"
import { DSSE_MEDIA_TYPE, refuse, signedByRoots } from "../../authority/roots.ts"
import type { KnowledgeKind } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"

interface Fault {
  /** For example `signers[1]`. */
  readonly key: string
  readonly message: string
}

const read = (bytes: Uint8Array): Slice | Fault => {
  const slice = readSlice(bytes)
  if (slice === "") return { key: "slice", message: `must be strict JSON of at most ${MAX_SLICE_BYTES} bytes` }
  if (typeof slice === "string") return { key: slice, message: "is missing, unknown, or not as it must be" }
  const { issued, expires, zone, conduits, signers } = slice
  if (expires <= issued) return { key: "expires", message: "must be later than issued" }
  const foreign = conduits.findIndex(({ from, to }) => from !== zone && to !== zone)
  if (foreign >= 0) return { key: `conduits[${foreign}]`, message: `must begin or end in ${zone}` }
  const weak = signers.findIndex((did) => "reason" in resolveDeviceKey(did))
  if (weak >= 0) return { key: `signers[${weak}]`, message: "must be a did:key or did:jwk with a strong key" }
  const [again] = repeatedKeys(signers)
  return again === undefined ? slice : { key: `signers[${again.at}]`, message: "names the same key again" }
}

/** A key has one role: whoever signs slices is online nowhere, and whoever signs passports always. */
const roleOfRoot = ({ signers }: Slice, { roots }: RootSet): string | null => {
  const keys = new Set(roots.map(keyIdOfDid))
  const at = signers.findIndex((did) => keys.has(keyIdOfDid(did)))
  return at < 0 ? null : `signers[${at}] is the key of a root; a key has one role`
}

/** The zone that unsigned bytes of an envelope name; null where they cannot be read. */
const zoneOf = (bytes: Uint8Array): string | null => {
  const payload = dssePayload(bytes)
  if (payload === null) return null
  const slice = readSlice(payload)
  return typeof slice === "string" ? null : slice.zone
}

export const PASSPORT_POLICY: KnowledgeKind<Slice> = {
  name: "passport-policy",
  title: KIND_TITLES["passport-policy"],
  scope: "deployment",
  authority: "roots",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: 2 * MAX_SLICE_BYTES, subjects: 256 },
  required: false,
  subject: zoneOf,
  open: (bytes, { roots }) => {
    const signed = signedByRoots(bytes, SLICE_TYPE, roots)
    if ("reasons" in signed) return signed
    const slice = read(signed.payload)
    if ("message" in slice) return refuse("control.knowledge_malformed", `${slice.key} ${slice.message}`)
    const role = roleOfRoot(slice, roots)
    if (role !== null) return refuse("control.knowledge_malformed", role)
    return { version: slice.version, body: slice, subject: slice.zone }
  },
  project: () => null,
  expiresAt: ({ expires }) => expires,
  stops: "subject",
  plain: {
    payloadType: SLICE_TYPE,
    read: (bytes, { file }) => {
      const slice = read(bytes)
      if (!("message" in slice)) return { body: slice, problems: [] }
      return { body: null, problems: [`${file}: error: ${slice.key}: ${slice.message}`] }
    },
    explain: (slice) => [
      `zone ${slice.zone}, from version ${slice.policy} of the policy; passports live ${slice.limits.passport} s at most`,
      ...slice.signers.map((did) => `passports of ${did} are believed`),
      ...slice.conduits.map(({ id, from, to, acts }) => `${from} -> ${to}: ${acts.join(", ")} (${id})`),
    ],
  },
}
