/**
 * The certificates of a secure local cluster, by openssl: one authority per data directory, one certificate for its brokers.
 * Brokers know each other by it (mutual TLS), clients know the brokers by the authority.
 */
import { execFile } from "node:child_process"
import { access, chmod, mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { SetupProblem, tail } from "../../local/problem.ts"
import { HOST } from "../layout.ts"

/** The principal of every broker of the cluster. */
export const BROKER_PRINCIPAL = "CN=assay-broker"

const CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
const AUTHORITY_DAYS = "3650"
/** Issued anew at every start of the cluster. */
const BROKER_DAYS = "365"

export interface Certificates {
  /** PEM: the authority, for clients and brokers. */
  readonly authorityFile: string
  readonly authority: string
  /** PEM: the brokers' private key and certificate. */
  readonly keystoreFile: string
}

const openssl = async (argv: ReadonlyArray<string>): Promise<void> => {
  await promisify(execFile)("openssl", [...argv]).catch((cause: Error & { code?: unknown; stderr?: string }) => {
    throw new SetupProblem(
      cause.code === "ENOENT"
        ? "openssl is not there: install it (Debian: openssl), it makes the certificates of a secure cluster"
        : `openssl ${argv[0]} failed: ${tail(cause.stderr || cause.message, 5)}`,
    )
  })
}

/** PEM: what clients trust. */
export const authorityFile = (dataDir: string): string => join(dataDir, "tls", "ca.pem")

/** @throws SetupProblem where openssl is missing or fails */
export const issueCertificates = async (dataDir: string): Promise<Certificates> => {
  const dir = join(dataDir, "tls")
  const file = (name: string): string => join(dir, name)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const fresh = await access(file("ca.pem")).then(
    () => false,
    () => true,
  )
  if (fresh) {
    const out = ["-keyout", file("ca.key"), "-out", file("ca.pem"), "-days", AUTHORITY_DAYS]
    await openssl(["req", "-x509", ...CURVE, ...out, "-subj", "/CN=assay-local-authority"])
  }
  const extensions = `subjectAltName=IP:${HOST},DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n`
  await writeFile(file("broker.ext"), extensions)
  const request = ["-keyout", file("broker.key"), "-out", file("broker.csr")]
  await openssl(["req", ...CURVE, ...request, "-subj", `/${BROKER_PRINCIPAL}`])
  const signer = ["-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-CAcreateserial", "-days", BROKER_DAYS]
  const signed = ["-in", file("broker.csr"), "-extfile", file("broker.ext"), "-out", file("broker.pem")]
  await openssl(["x509", "-req", ...signer, ...signed])
  const [key, certificate, authority] = await Promise.all(
    ["broker.key", "broker.pem", "ca.pem"].map((name) => readFile(file(name), "utf8")),
  )
  await writeFile(file("keystore.pem"), `${key}${certificate}${authority}`, { mode: 0o600 })
  await Promise.all(["ca.key", "broker.key", "keystore.pem"].map((name) => chmod(file(name), 0o600)))
  return { authorityFile: file("ca.pem"), authority: authority!, keystoreFile: file("keystore.pem") }
}
