/** Issuing and renewing: one credential, or one for each line of a table, each with its place on the lists of a register. */
import { existsSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import {
  type CredentialInput,
  checkSignature,
  formatOf,
  ISSUED_FORMATS,
  type IssuedFormat,
  issueCredentialWith,
  readCredential,
} from "@assay/credentials"
import { hasDocument } from "@assay/did-document"
import { eachRow, type Row, rowsOf, tellRows, type Worked } from "../bulk.ts"
import { chosen } from "../choice.ts"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { credentialInput } from "../credential-input.ts"
import { credentialFile } from "../device/credential-file.ts"
import { writeOutput } from "../files.ts"
import { type OpenKey, withKey } from "../keys.ts"
import type { Output } from "../output.ts"
import type { Register, Registered } from "./register.ts"
import { withRegister } from "./shared-register.ts"

const DAY_MS = 86_400_000
/** How far the issuer's clock may be ahead of others. */
const BEFORE_MS = 60_000

/** With its place on the lists of the register. */
const placed = (input: CredentialInput, { terms }: Register, index: number): CredentialInput => ({
  ...input,
  status: terms.lists.map(({ id, purpose }) => ({ list: id, purpose, index })),
})

/** Signs it and keeps it. On the disk after the register's `flush`. @throws TypeError where no verifier would take it */
const issueInto = async (
  register: Register,
  input: CredentialInput,
  issuer: OpenKey,
  format: IssuedFormat,
): Promise<string> => {
  const index = register.freePlace()
  const token = await issueCredentialWith(placed(input, register, index), issuer, format)
  const read = readCredential(token)
  if ("detail" in read) throw new TypeError(read.detail)
  const { hash, subject, validFrom, validUntil } = read.credential
  register.add({ hash, device: subject, index, validFrom, validUntil }, token, Date.now())
  return token
}

const inputOf = (given: Arguments, { device, hardware }: Row): CredentialInput => {
  const vendor = given.required("vendor")
  const input = credentialInput(given, { subject: device!, vendor, class: given.required("class") })
  return hardware === undefined || hardware === "" ? input : { ...input, hardwareId: hardware }
}

/** @throws UsageError */
export const deviceOf = (given: Arguments): string => {
  const device = given.text("device") ?? given.positionals[1] ?? null
  if (device === null) throw new UsageError("name the device: --device DID, or many by --csv FILE")
  if (!device.startsWith("did:")) throw new UsageError(`--device takes the device's DID, not ${device}`)
  return device
}

const tell = (output: Output, device: string, out: string, credential: string): ExitCode => {
  output.result({ device, out, credential }, () => output.say(out))
  return EXIT.ok
}

const one = async (given: Arguments, dir: string | null, output: Output): Promise<ExitCode> => {
  const device = deviceOf(given)
  const [out, input, format] = [given.required("out"), inputOf(given, { device }), chosen(given, "as", ISSUED_FORMATS)]
  const token = await withKey(given.required("issuer"), async (issuer) => {
    if (dir === null) return issueCredentialWith(input, issuer, format)
    return withRegister(dir, (register) => issueInto(register, input, issuer, format))
  })
  writeOutput(out, `${token}\n`)
  return tell(output, device, out, token)
}

export const issue = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const dir = given.text("register")
  const csv = given.text("csv")
  if (csv === null) return one(given, dir, output)
  if (dir === null) throw new UsageError("--csv needs --register DIR: it keeps who has which place on the status lists")
  const [out, format] = [given.required("out"), chosen(given, "as", ISSUED_FORMATS)]
  mkdirSync(out, { recursive: true, mode: 0o700 })
  return withKey(given.required("issuer"), (issuer) =>
    withRegister(dir, async (register) => {
      const work = async (row: Row): Promise<Worked> => {
        const path = join(out, credentialFile(row["device"]!))
        // What a call before this one has issued is not issued again; its file is written where that call did not come to its end.
        const before = register.of(row["device"]!).findLast(isOpen)
        if (before !== undefined) {
          const text = `${register.tokenOf(before.hash)}\n`
          const isThere = existsSync(path) && readFileSync(path, "utf8") === text
          return { outcome: "already", ...(isThere ? {} : { finish: () => writeOutput(path, text) }) }
        }
        const token = await issueInto(register, inputOf(given, row), issuer, format)
        return { outcome: "issued", finish: () => writeOutput(path, `${token}\n`) }
      }
      const found = await eachRow(
        {
          rows: rowsOf(csv, ["device"], ["device", "hardware"]),
          report: given.text("report"),
          outcomes: ["issued"],
          work,
          flush: () => register.flush(),
        },
        output,
      )
      return tellRows(found, output)
    }),
  )
}

/** It counts, or will again. */
const isOpen = ({ status, validUntil }: Registered): boolean => status !== "revoked" && validUntil > Date.now()

/** The newest that the device has; what it grants is granted again. @throws UsageError where it has none, or may have none */
const newestOf = (register: Register, device: string): Registered => {
  const all = register.of(device)
  const newest = all.filter(({ status }) => status !== "revoked").at(-1)
  if (newest === undefined)
    throw new UsageError(
      `${device}: ${all.length === 0 ? "the register has no credential of it" : "all its credentials are revoked"}`,
    )
  if (newest.status === "suspended") throw new UsageError(`${device}: its credential is suspended`)
  return newest
}

/** The same terms, for a new time and with a new place. @throws UsageError */
export const renewInto = async (register: Register, device: string, days: number, issuer: OpenKey): Promise<string> => {
  const { hash } = newestOf(register, device)
  const path = register.pathOf(hash)
  const before = register.tokenOf(hash)
  const read = readCredential(before)
  if ("detail" in read) throw new UsageError(`${path}: ${read.detail}`)
  const { terms, subject, hardwareId } = read.credential
  if (read.credential.hash !== hash) throw new UsageError(`${path}: it is not the one that the register has`)
  if (terms.issuer !== issuer.did)
    throw new UsageError(`${path}: it was issued by ${terms.issuer}, and --issuer is ${issuer.did}`)
  // The key of a document may be one that has been given up since: then the register alone says that it was issued.
  const forged = hasDocument(issuer.did) ? null : checkSignature(read.signed, issuer.did)
  if (forged !== null) throw new UsageError(`${path}: ${forged.detail}`)
  const now = Date.now()
  return issueInto(
    register,
    {
      subject,
      vendor: terms.vendor,
      class: terms.class,
      assurance: terms.assurance,
      hardwareId,
      capabilities: terms.capabilities.source,
      validFrom: now - BEFORE_MS,
      validUntil: now + days * DAY_MS,
      status: [],
    },
    issuer,
    formatOf(before),
  )
}

/** Devices whose newest credential ends within so many days. */
const expiring = (register: Register, days: number): ReadonlyArray<Row> => {
  const limit = Date.now() + days * DAY_MS
  const newest = new Map<string, Registered>()
  for (const one of register.all) if (one.status !== "revoked") newest.set(one.device, one)
  return [...newest.values()]
    .filter(({ status, validUntil }) => status === "valid" && validUntil <= limit)
    .map(({ device }) => ({ device }))
}

export const renew = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const [dir, out, days] = [given.required("register"), given.required("out"), given.whole("days", 1, 36_500)]
  const csv = given.text("csv")
  const within = given.text("expiring") === null ? null : given.whole("expiring", 0, 36_500)
  const isMany = csv !== null || within !== null
  if (isMany) mkdirSync(out, { recursive: true, mode: 0o700 })
  return withKey(given.required("issuer"), (issuer) =>
    withRegister(dir, async (register) => {
      if (isMany) {
        const found = await eachRow(
          {
            rows: csv === null ? expiring(register, within!) : rowsOf(csv, ["device"], ["device"]),
            report: given.text("report"),
            outcomes: ["renewed"],
            work: async ({ device }) => {
              const token = await renewInto(register, device!, days, issuer)
              const path = join(out, credentialFile(device!))
              return { outcome: "renewed", finish: () => writeOutput(path, `${token}\n`) }
            },
            flush: () => register.flush(),
          },
          output,
        )
        return tellRows(found, output)
      }
      const device = deviceOf(given)
      const token = await renewInto(register, device, days, issuer)
      await register.flush()
      writeOutput(out, `${token}\n`)
      return tell(output, device, out, token)
    }),
  )
}
