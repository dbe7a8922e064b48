/**
 * `npm run bench:formats`: how many messages, credentials, key bindings, documents and status lists one core reads and verifies in a second
 * of CPU, for each format and each method of a DID. A message is read as identity-resolver reads it: opened, its claims and readings
 * read, its signature checked under a key at hand. A credential is read and verified as if it was never seen before.
 */
import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto"
import {
  type CredentialInput,
  ISSUED_FORMATS,
  type IssuedFormat,
  issueCredentialWith,
  LIST_FORMATS,
  type ListFormat,
  readCredential,
  readSignedList,
  signStatusList,
  verifyCredential,
  whyNotBound,
} from "@assay/credentials"
import { cachedResolver, encodeDidJwk, encodeDidKey, isKidOfDevice, publicKeyOf, resolveDeviceKey } from "@assay/did"
import { verifyWebvh } from "@assay/did-document"
import { appendWebvh, createWebvh, multikeyOfKey } from "@assay/did-document/write"
import { main } from "@assay/infra/local"
import { algOf, type RemoteKey, signClaims, signRaw } from "@assay/jose"
import { VALID, verifierInPlace } from "@assay/jose/verify"
import { type CoseClaims, coseMessage, openMessage } from "@assay/message"
import { benchOfTurns, type Case } from "./turns.ts"

const NOW = 1_800_000_000
const DOMAIN = "https://plant.example/"
const LIST = "https://acme.example/status/1"
const ENTRIES = 131_072

interface Signer {
  readonly did: string
  readonly kid: string
  readonly key: KeyObject
}
type Curve = "Ed25519" | "P-256"
const CURVES: ReadonlyArray<Curve> = ["Ed25519", "P-256"]

const signerOf = (curve: Curve, method: "key" | "jwk" = "key"): Signer => {
  const { privateKey } =
    curve === "Ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" })
  const pub = publicKeyOf(privateKey)
  const did = method === "key" ? encodeDidKey(pub) : encodeDidJwk(pub)
  const named = resolveDeviceKey(did)
  if ("reason" in named) throw new Error(named.detail)
  return { did, kid: named.kid, key: privateKey }
}
const remote = ({ did, key }: Signer): RemoteKey => ({
  did,
  alg: algOf(key),
  sign: async (input) => signRaw(key, input),
})

/** One reading, as the second message of a device. */
const claimsOf = ({ did }: Signer): CoseClaims => ({
  iss: did,
  aud: `${DOMAIN}historian/1`,
  iat: NOW,
  act: "telemetry",
  epo: 0,
  seq: 1,
  prv: createHash("sha256").update(did).digest("base64url"),
  senml: [{ n: "temp", u: "Cel", v: 21.5 }],
})

const messageCases = (): ReadonlyArray<Case> => {
  const resolve = cachedResolver(64, () => 0)
  const verifyJobs = verifierInPlace({ keys: 64 })
  const read = (bytes: Uint8Array) => (): void => {
    const opened = openMessage(bytes)
    if ("reason" in opened || "reason" in opened.read) throw new Error("the message is refused")
    const key = resolve(opened.read.claims.iss)
    if ("reason" in key || !isKidOfDevice(key.did, opened.header.kid)) throw new Error("its key is another one")
    const { signingInput, signature } = opened
    if (verifyJobs([{ ...key, signingInput, signature }])[0] !== VALID) throw new Error("it does not verify")
  }
  const signers = [
    ...CURVES.map((curve) => [`${curve}, did:key`, signerOf(curve)] as const),
    ["Ed25519, did:jwk", signerOf("Ed25519", "jwk")] as const,
  ]
  return signers.flatMap(([name, signer]) => {
    const claims = claimsOf(signer)
    const jws = signClaims(claims, signer.key, { kid: signer.kid, typ: "m2m-message+jwt" })
    const cose = coseMessage(claims, signer.key, signer.kid)
    return [
      { name: `message, JWS, ${name} (${jws.length} bytes)`, work: read(jws) },
      { name: `message, COSE, ${name} (${cose.length} bytes)`, work: read(cose) },
    ]
  })
}

const inputOf = (subject: string, format: IssuedFormat): CredentialInput => ({
  subject,
  vendor: "acme",
  class: "pump",
  assurance: "software",
  hardwareId: "SN-1",
  capabilities: {
    measurements: [{ name: "temp", unit: "Cel", min: -40, max: 85 }],
    actions: ["telemetry", "event"],
    audiences: [`${DOMAIN}*`],
    ratePerMinute: 60,
  },
  validFrom: NOW * 1_000,
  validUntil: (NOW + 86_400) * 1_000,
  status: [{ list: LIST, purpose: format === "dc+sd-jwt" ? "token" : "revocation", index: 7 }],
})

const verified = (token: string) => (): void => {
  const found = verifyCredential(token)
  if ("reason" in found) throw new Error(`${found.reason}: ${found.detail}`)
}

/** The SD-JWT with a key binding over a challenge that a challenger made. */
const boundCase = (presented: string, holder: Signer): Case => {
  const challenger = signerOf("Ed25519")
  const hash = createHash("sha256").update(presented).digest("base64url")
  const asked = { iss: challenger.did, sub: holder.did, aud: DOMAIN, iat: NOW, exp: NOW + 300, jti: "x" }
  const nonce = signClaims({ ...asked, purpose: "attestation", key: hash }, challenger.key, {
    kid: challenger.kid,
    typ: "assay-challenge+jwt",
  }).toString("latin1")
  const said = { iat: NOW, aud: DOMAIN, nonce, sd_hash: hash }
  const token = `${presented}${signClaims(said, holder.key, { kid: holder.kid, typ: "kb+jwt" })}`
  const context = {
    holder: holder.did,
    aud: DOMAIN,
    trustDomain: DOMAIN,
    challengers: [challenger.did],
    time: NOW * 1_000,
  }
  const verify = verified(token)
  return {
    name: "credential, dc+sd-jwt with key binding, Ed25519",
    work: () => {
      verify()
      const read = readCredential(token)
      const why = "binding" in read && read.binding !== null ? whyNotBound(read.binding, context) : { detail: "none" }
      if (why !== null) throw new Error(why.detail)
    },
  }
}

const SUITES: Readonly<Partial<Record<`${IssuedFormat} ${Curve}`, string>>> = {
  "data-integrity Ed25519": "eddsa-jcs-2022",
  "data-integrity P-256": "ecdsa-jcs-2019",
}

const credentialCases = async (): Promise<ReadonlyArray<Case>> => {
  const holder = signerOf("Ed25519")
  const cases: Array<Case> = []
  for (const format of ISSUED_FORMATS)
    for (const curve of CURVES) {
      const hidden = format === "dc+sd-jwt" ? ["hardwareId", "assurance"] : []
      const token = await issueCredentialWith(inputOf(holder.did, format), remote(signerOf(curve)), format, hidden)
      const name = SUITES[`${format} ${curve}`] ?? `${format}, ${curve}`
      cases.push({ name: `credential, ${name} (${token.length} characters)`, work: verified(token) })
      if (format === "dc+sd-jwt" && curve === "Ed25519") cases.push(boundCase(token, holder))
    }
  return cases
}

const listCase = async (format: ListFormat): Promise<Case> => {
  const isToken = format !== "vc+jwt"
  const bytes = await signStatusList(
    {
      format,
      id: LIST,
      purpose: isToken ? "token" : "revocation",
      issued: NOW * 1_000,
      expires: (NOW + 3_600) * 1_000,
      ttlMs: 60_000,
      entries: ENTRIES,
      size: 2,
      // One in a hundred is revoked, as if drawn.
      values: Array.from({ length: ENTRIES / 100 }, (_, n) => [(n * 99_991) % ENTRIES, 1] as const),
    },
    remote(signerOf("Ed25519")),
  )
  const kind = isToken ? "Token Status List" : "Bitstring Status List"
  return {
    name: `status list, ${kind} as ${format} (${bytes.length} bytes)`,
    work: () => {
      const read = readSignedList(bytes)
      const list = "detail" in read ? read : read.open()
      if ("detail" in list) throw new Error(list.detail)
    },
  }
}

/** A log of so many entries, each with another key of its document. */
const webvhCase = (entries: number): Case => {
  const update = signerOf("Ed25519").key
  const stateOf = (did: string, n: number) => {
    const key = encodeDidKey(publicKeyOf(signerOf("Ed25519").key)).slice("did:key:".length)
    const method = { id: `${did}#${n}`, type: "Multikey", controller: did, publicKeyMultibase: key }
    return {
      "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
      id: did,
      verificationMethod: [method],
      assertionMethod: [method.id],
      authentication: [method.id],
    }
  }
  const made = createWebvh({
    time: NOW * 1_000,
    parameters: { updateKeys: [multikeyOfKey(update)] },
    state: stateOf("did:webvh:{SCID}:id.example.com", 0),
    key: update,
  })
  let { log } = made
  for (let n = 1; n < entries; n++)
    log = appendWebvh(log, { time: (NOW + 60 * n) * 1_000, parameters: {}, state: stateOf(made.did, n), key: update })
  const at = (NOW + 86_400) * 1_000
  return {
    name: `document, did:webvh of ${entries} entries (${log.length} bytes)`,
    work: () => {
      const found = verifyWebvh({ did: made.did, log: Buffer.from(log), witness: null, at })
      if ("reason" in found) throw new Error(`${found.reason}: ${found.detail}`)
    },
  }
}

/** Without a cache: as a DID that was never seen. */
const didCases = (): ReadonlyArray<Case> =>
  (["key", "jwk"] as const).map((method) => {
    const { did } = signerOf("Ed25519", method)
    return {
      name: `key of a did:${method}, Ed25519`,
      work: () => {
        const key = resolveDeviceKey(did)
        if ("reason" in key) throw new Error(key.detail)
      },
    }
  })

export const bench = benchOfTurns(
  {
    name: "bench:formats",
    summary:
      "Measures how many messages, credentials, status lists and documents one core reads and verifies in a second of CPU, for each format and method.",
  },
  async () => [
    ...messageCases(),
    ...(await credentialCases()),
    ...(await Promise.all(LIST_FORMATS.map(listCase))),
    ...didCases(),
    webvhCase(1),
    webvhCase(10),
  ],
)

if (import.meta.main) await main(bench)
