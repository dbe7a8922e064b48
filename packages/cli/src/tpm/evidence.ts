/** Evidence of this boot, for a challenge of the node, as a signed message. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { encodeBase64url } from "@assay/did"
import { coseMessageWith } from "@assay/message"
import { post, refusalOf } from "../client.ts"
import { type Arguments, UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import { HANDLES, type TpmKeys } from "./keys.ts"
import { kidOf, signInTpm, tpmKey } from "./sign.ts"
import { tpm2 } from "./tools.ts"

/** Of the message: a compact JWS, or COSE_Sign1. */
export const EVIDENCE_FORMS = ["jws", "cose"] as const
export type EvidenceForm = (typeof EVIDENCE_FORMS)[number]

export interface Asked {
  readonly aud: string
  /** The boot epoch that the messages of this boot carry. */
  readonly epoch: number
  readonly pcrs: ReadonlyArray<number>
  /** The event log of the firmware; null: none is sent. */
  readonly log: string | null
  /** A file with a challenge that came another way, such as over MQTT: the token, or the answer that holds it; null: the node is asked. */
  readonly challenge: string | null
  readonly format: EvidenceForm
}

const kept = (dir: string, name: string): Buffer => {
  try {
    return readFileSync(join(dir, name))
  } catch (cause) {
    throw new UsageError(`${dir} has no ${name}: run assay tpm enrol first (${(cause as Error).message})`)
  }
}

/** @throws UsageError where the file holds none */
const challengeIn = (path: string): string => {
  const text = readInput(path, "the challenge").toString("utf8").trim()
  if (!text.startsWith("{")) return text
  try {
    const { challenge, message } = JSON.parse(text) as { readonly challenge?: unknown; readonly message?: unknown }
    if (typeof challenge === "string") return challenge
    throw new UsageError(`${path} holds no challenge${typeof message === "string" ? `, but: ${message}` : ""}`)
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    throw new UsageError(`${path} holds no challenge: ${(cause as Error).message}`)
  }
}

const askFor = async (given: Arguments, did: string, key: string): Promise<string> => {
  const body = Buffer.from(JSON.stringify({ device: did, key }))
  const answer = await post<{ readonly challenge: string }>(given, "/v1/challenges", "application/json", body)
  if (!answer.ok) throw refusalOf(answer)
  return answer.body.challenge
}

/** The signed message. @throws UsageError, NodeError */
export const evidence = async (given: Arguments, dir: string, keys: TpmKeys, asked: Asked): Promise<Buffer> => {
  const { ak, key, akName, did } = keys
  const endorsement = kept(dir, "endorsement.jwt").toString("latin1")
  const chain = JSON.parse(kept(dir, "chain.json").toString()) as ReadonlyArray<string>
  const challenge = asked.challenge === null ? await askFor(given, did, akName) : challengeIn(asked.challenge)
  const nonce = createHash("sha256").update(challenge).digest("hex")
  const selection = `sha256:${asked.pcrs.join(",")}`
  const file = (name: string): Buffer => readFileSync(join(dir, name))
  await tpm2(
    dir,
    "quote",
    "-c",
    HANDLES.ak,
    "-l",
    selection,
    "-q",
    nonce,
    "-g",
    "sha256",
    "-m",
    "quote",
    "-s",
    "quote.sig",
  )
  await tpm2(dir, "pcrread", selection, "-o", "pcrs")
  await tpm2(dir, "certify", "-c", HANDLES.key, "-C", HANDLES.ak, "-g", "sha256", "-o", "certify", "-s", "certify.sig")
  const values = file("pcrs")
  const found = {
    format: "tpm2",
    ak: encodeBase64url(ak),
    key: encodeBase64url(key),
    quote: encodeBase64url(file("quote")),
    quoteSignature: encodeBase64url(file("quote.sig")),
    certify: encodeBase64url(file("certify")),
    certifySignature: encodeBase64url(file("certify.sig")),
    pcrs: Object.fromEntries(
      asked.pcrs.map((pcr, n) => [String(pcr), encodeBase64url(values.subarray(n * 32, n * 32 + 32))]),
    ),
    ...(asked.log === null ? {} : { log: encodeBase64url(readFileSync(asked.log)) }),
    endorsement,
    chain,
  }
  const iat = Math.floor(Date.now() / 1000)
  const payload = { iss: did, aud: asked.aud, iat, epo: asked.epoch, challenge, evidence: found }
  return asked.format === "cose"
    ? coseMessageWith(payload, tpmKey(dir), kidOf(did))
    : Buffer.from(await signInTpm(dir, did, "m2m-evidence+jwt", Buffer.from(JSON.stringify(payload))))
}
