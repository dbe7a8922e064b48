/** Evidence of this boot, for a challenge of the node, as a signed message. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { encodeBase64url } from "@assay/did"
import { post, refusalOf } from "../client.ts"
import { type Arguments, UsageError } from "../command.ts"
import { HANDLES, type TpmKeys } from "./keys.ts"
import { signInTpm } from "./sign.ts"
import { tpm2 } from "./tools.ts"

export interface Asked {
  readonly aud: string
  /** The boot epoch that the messages of this boot carry. */
  readonly epoch: number
  readonly pcrs: ReadonlyArray<number>
  /** The event log of the firmware; null: none is sent. */
  readonly log: string | null
}

const kept = (dir: string, name: string): Buffer => {
  try {
    return readFileSync(join(dir, name))
  } catch (cause) {
    throw new UsageError(`${dir} has no ${name}: run assay tpm enrol first (${(cause as Error).message})`)
  }
}

/** The signed message. @throws UsageError, NodeError */
export const evidence = async (given: Arguments, dir: string, keys: TpmKeys, asked: Asked): Promise<string> => {
  const { ak, key, akName, did } = keys
  const endorsement = kept(dir, "endorsement.jwt").toString("latin1")
  const chain = JSON.parse(kept(dir, "chain.json").toString()) as ReadonlyArray<string>
  const body = Buffer.from(JSON.stringify({ device: did, key: akName }))
  const answer = await post<{ readonly challenge: string }>(given, "/v1/challenges", "application/json", body)
  if (!answer.ok) throw refusalOf(answer)
  const { challenge } = answer.body
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
  return signInTpm(dir, did, "m2m-evidence+jwt", Buffer.from(JSON.stringify(payload)))
}
