/** Enrolment of a TPM: two calls to a node, and TPM2_ActivateCredential between them. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { encodeBase64url } from "@assay/did"
import { post, refusalOf } from "../client.ts"
import { type Arguments, UsageError } from "../command.ts"
import { HANDLES, type TpmKeys } from "./keys.ts"
import { tpm2 } from "./tools.ts"

/** Where a TPM has the certificate of its RSA endorsement key (TCG EK credential profile, section 2.2.1.4). */
const EK_CERTIFICATE = "0x01c00002"
/** What tpm2_activatecredential reads: a magic number, a version, then the two structures. */
const CREDENTIAL_HEADER = Buffer.from("badcc0de00000001", "hex")

/** DER of a certificate in a file, which may be PEM. */
const certificateIn = (path: string): Buffer => {
  const bytes = readFileSync(path)
  const found = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/.exec(bytes.toString("latin1"))
  return found === null ? bytes : Buffer.from(found[1]!, "base64")
}

/** An element of DER as long as it says: what a TPM gives may be padded. */
const trimmed = (bytes: Buffer): Buffer => {
  if (bytes[0] !== 0x30 || bytes[1] !== 0x82) throw new UsageError("the TPM has no certificate of its endorsement key")
  return bytes.subarray(0, 4 + bytes.readUInt16BE(2))
}

export interface Enrolled {
  readonly endorsement: string
  readonly expires: string
}

/**
 * Enrols, and keeps `endorsement.jwt` and `chain.json` in `dir`.
 * @param issuers files with the certificates between the TPM's own and its maker's root, in this order
 * @throws UsageError, NodeError
 */
export const enrol = async (
  given: Arguments,
  dir: string,
  { ek, ak, did }: TpmKeys,
  issuers: ReadonlyArray<string>,
): Promise<Enrolled> => {
  const leaf = trimmed(await tpm2(dir, "nvread", EK_CERTIFICATE))
  const chain = [leaf, ...issuers.map(certificateIn)].map(encodeBase64url)
  const call = async <Body>(path: string, body: object): Promise<Body> => {
    const answer = await post<Body>(given, path, "application/json", Buffer.from(JSON.stringify(body)))
    if (!answer.ok) throw refusalOf(answer)
    return answer.body
  }
  const begun = await call<{ readonly ticket: string; readonly credential: string; readonly seed: string }>(
    "/v1/enrolments",
    { device: did, ek: encodeBase64url(ek), ak: encodeBase64url(ak), chain },
  )
  const [blob, secret, session] = ["credential", "secret", "session.ctx"].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(
    blob,
    Buffer.concat([
      CREDENTIAL_HEADER,
      Buffer.from(begun.credential, "base64url"),
      Buffer.from(begun.seed, "base64url"),
    ]),
  )
  await tpm2(dir, "startauthsession", "--policy-session", "-S", session)
  await tpm2(dir, "policysecret", "-S", session, "-c", "e")
  await tpm2(
    dir,
    "activatecredential",
    "-c",
    HANDLES.ak,
    "-C",
    HANDLES.ek,
    "-i",
    blob,
    "-o",
    secret,
    "-P",
    `session:${session}`,
  )
  await tpm2(dir, "flushcontext", session)
  const finished = await call<Enrolled>("/v1/enrolments/finish", {
    ticket: begun.ticket,
    secret: encodeBase64url(readFileSync(secret)),
  })
  writeFileSync(join(dir, "endorsement.jwt"), finished.endorsement)
  writeFileSync(join(dir, "chain.json"), JSON.stringify(chain))
  return finished
}
