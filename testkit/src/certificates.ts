/** Real certificates for the mTLS tests, made by the openssl command: an authority, a server, and clients by name. */
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export const hasOpenssl = spawnSync("openssl", ["version"]).status === 0

export interface Pair {
  readonly cert: Buffer
  readonly key: Buffer
}

const openssl = (cwd: string, ...args: ReadonlyArray<string>): void => {
  const { status, stderr } = spawnSync("openssl", args, { cwd })
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`)
}

const pair = (dir: string, name: string): Pair => ({
  cert: readFileSync(join(dir, `${name}.pem`)),
  key: readFileSync(join(dir, `${name}.key`)),
})

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

/** A self-signed authority: `<name>.pem` and `<name>.key` in `dir`. */
export const makeAuthority = (dir: string, name: string): Pair => {
  openssl(
    dir,
    "req",
    "-x509",
    ...EC,
    "-days",
    "2",
    "-subj",
    `/CN=${name}`,
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.pem`,
  )
  return pair(dir, name)
}

/** A certificate for `name`, signed by the authority of that name in `dir`. @param san what it is for, as openssl writes it */
export const issue = (dir: string, authority: string, name: string, san = "IP:127.0.0.1"): Pair => {
  openssl(dir, "req", "-new", ...EC, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`)
  writeFileSync(join(dir, "san"), `subjectAltName=${san}\n`)
  openssl(
    dir,
    "x509",
    "-req",
    "-in",
    `${name}.csr`,
    "-CA",
    `${authority}.pem`,
    "-CAkey",
    `${authority}.key`,
    "-days",
    "2",
    "-extfile",
    "san",
    "-out",
    `${name}.pem`,
  )
  return pair(dir, name)
}
