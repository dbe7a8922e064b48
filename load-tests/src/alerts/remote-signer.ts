/** The key of the anchor log behind a remote signer, which can be away. */
import { createHash, generateKeyPairSync, randomBytes } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { freePorts } from "@assay/infra/kafka"
import { type SignerServer, servedKey, startSignerServer } from "@assay/signing/server"
import { issue, makeAuthority } from "@assay/testkit/certificates"

export interface AlertSigner {
  /** As settings name the key. */
  readonly reference: string
  /** It answers nobody any more. */
  leave(): Promise<void>
  /** It answers again, at the same place. */
  come(): Promise<void>
}

const KEY = "anchor-log"

/** Answers at once. @param dir for its certificate and the token of whoever may sign */
export const startAlertSigner = async (dir: string): Promise<AlertSigner> => {
  const authority = "authority"
  makeAuthority(dir, authority)
  const pair = issue(dir, authority, "signer")
  const token = randomBytes(24).toString("hex")
  const tokenFile = join(dir, "token")
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 })
  const key = servedKey(generateKeyPairSync("ed25519").privateKey)
  const port = await freePorts(1)
  let server: SignerServer | null = null
  const come = async (): Promise<void> => {
    server ??= await startSignerServer({
      ...{ ...pair, clientCa: null, host: "127.0.0.1", port, clients: {}, keys: { [KEY]: key } },
      tokens: { [createHash("sha256").update(token).digest("hex")]: [KEY] },
      onProblem: (what, cause) => {
        throw new Error(what, { cause })
      },
    })
  }
  await come()
  const files = `ca-file=${encodeURIComponent(join(dir, `${authority}.pem`))}&token-file=${encodeURIComponent(tokenFile)}`
  return {
    reference: `https://127.0.0.1:${port}/v1/keys/${KEY}#${files}`,
    come,
    leave: async () => {
      const last = server
      server = null
      await last?.close()
    },
  }
}
