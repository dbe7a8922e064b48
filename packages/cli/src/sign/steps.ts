/** What a message would meet on its way through identity-resolver, one step after the other, until the first that it fails. */
import { resolveDeviceKey } from "@assay/did"
import { hasDocument, locate } from "@assay/did-document"
import { VALID, verifyNow, WEAK_KEY } from "@assay/jose/verify"
import { isCose, type OpenMessage, openMessage } from "@assay/message"
import type { Claims, Reading, ReasonCode } from "@assay/trust"

export interface Step {
  readonly step: string
  /** What was found, for people. */
  readonly found: string
  /** Null where the message passes it. */
  readonly reason: ReasonCode | null
}

export interface Walk {
  readonly format: "jws" | "cose"
  readonly bytes: number
  readonly steps: ReadonlyArray<Step>
  /** Null where the steps end before. */
  readonly claims: Claims | null
  readonly readings: ReadonlyArray<Reading>
}

type ReadClaims = Exclude<OpenMessage["read"], { readonly reason: unknown }>

class Steps {
  readonly list: Array<Step> = []

  passes(step: string, found: string): void {
    this.list.push({ step, found, reason: null })
  }

  fails(step: string, reason: ReasonCode, found: string): void {
    this.list.push({ step, found, reason })
  }
}

/** The steps of one message. Position, credential and policy are the deployment's: nothing is said of them here. */
export const walkThrough = (message: Uint8Array): Walk => {
  const steps = new Steps()
  const format = isCose(message) ? "cose" : "jws"
  const opened = openMessage(message)
  const read = "reason" in opened ? null : walkOpened(opened, steps)
  if ("reason" in opened) steps.fails("format", `identity.${opened.reason}`, opened.detail)
  return {
    format,
    bytes: message.length,
    steps: steps.list,
    claims: read?.claims ?? null,
    readings: read?.readings ?? [],
  }
}

const walkOpened = ({ header, signingInput, signature, digest, read }: OpenMessage, steps: Steps) => {
  steps.passes("format", `signed with ${header.alg}, typ ${header.typ}; signing input of ${signingInput.length} bytes`)
  if ("reason" in read) {
    steps.fails("claims", `identity.${read.reason}`, read.detail)
    return null
  }
  const { claims } = read
  steps.passes("claims", claims.kind === "message" ? `${claims.act} ${claims.epo}/${claims.seq}` : "a presentation")
  if (hasDocument(claims.iss)) {
    walkDocumented(claims.iss, header.kid, steps)
    return afterSignature(read, steps)
  }
  const key = resolveDeviceKey(claims.iss)
  if ("reason" in key) steps.fails("device", `identity.${key.reason}`, key.detail)
  else if (header.kid !== key.kid)
    steps.fails("device", "identity.key_mismatch", `kid is ${header.kid}, expected ${key.kid}`)
  else if (header.alg !== key.alg) steps.fails("device", "identity.alg_refused", `the key is for ${key.alg}`)
  else {
    steps.passes("device", claims.iss)
    const result = verifyNow(key, signingInput, signature)
    if (result === VALID) steps.passes("signature", `holds; digest (the next prv) ${digest.toString("base64url")}`)
    else if (result === WEAK_KEY) steps.fails("signature", "identity.weak_key", "the key is no point of its curve")
    else steps.fails("signature", "identity.signature_invalid", "does not verify over the signing input")
  }
  return afterSignature(read, steps)
}

/** Which keys its document lists, only a deployment knows. */
const walkDocumented = (iss: string, kid: string, steps: Steps): void => {
  const location = locate(iss)
  if ("reason" in location) steps.fails("device", "identity.did_invalid", location.detail)
  else if (!kid.startsWith(`${iss}#`))
    steps.fails("device", "identity.key_mismatch", `kid is ${kid}, expected ${iss}#...`)
  else steps.passes("device", `${iss}; whether its document lists ${kid.slice(iss.length)}, a deployment knows`)
}

const afterSignature = (read: ReadClaims, steps: Steps): ReadClaims => {
  const { claims, readings, fault } = read
  if (fault === null) {
    if (claims.kind === "message" && claims.act === "telemetry") steps.passes("readings", `${readings.length} read`)
  } else steps.fails("readings", "identity.readings_refused", fault)
  return read
}
