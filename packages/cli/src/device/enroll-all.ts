/**
 * Many devices from one table: each is claimed, named, attested and gets its credential. One that fails does not hold up the others; the
 * report says of each what became of it, and the same call again goes on where the first one stopped.
 */
import { hash } from "node:crypto"
import { existsSync, mkdirSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { issueCredentialWith } from "@assay/credentials"
import { newClaim } from "@assay/knowledge"
import type { DeviceLabel, Verb } from "@assay/trust"
import { eachRow, type Row, rowsOf, tellRows, type Worked } from "../bulk.ts"
import type { Arguments, ExitCode } from "../command.ts"
import { credentialInput } from "../credential-input.ts"
import { readInput, writeOutput } from "../files.ts"
import { keyReferences, type OpenKey, withKey, withKeys } from "../keys.ts"
import { askForLog, type More, sendCommand, tokenOf } from "../operator-command.ts"
import type { Output } from "../output.ts"
import { credentialFile } from "./credential-file.ts"
import { labelsOf } from "./orders.ts"
import { tokensIn, voucherIn } from "./voucher.ts"

const NEEDED = ["device", "voucher", "enrolment"]
const COLUMNS = [...NEEDED, "name", "labels"]

/** `enrolled` now; `already` before this call; `failed`: see the detail. */
type Outcome = "enrolled" | "already" | "failed"

/** What every command of the table shares. */
interface Table {
  readonly given: Arguments
  readonly dir: string
  readonly out: string
  readonly aud: string
  readonly log: string
  readonly reason: string
  readonly operators: ReadonlyArray<OpenKey>
  readonly issuer: OpenKey
}

/** @returns the reasons of a refusal; none where it was accepted */
const order = async (table: Table, verb: Verb, target: string, more: More, opening: string | null = null) => {
  const { given, aud, log, reason, operators } = table
  const text = { verb, target, reason, aud, log, ...more }
  const tokens: Array<string> = []
  for (const key of operators) tokens.push(await tokenOf(text, key))
  const { accepted, outcomes } = await sendCommand(given, opening === null ? tokens : [...tokens, opening])
  if (accepted !== false) return []
  return [...new Set(outcomes.flatMap((outcome) => outcome.reasons))]
}

const enrollRow = async (table: Table, row: Row): Promise<Worked> => {
  const { given, dir, out, issuer } = table
  const device = row["device"]!
  const credential = join(out, credentialFile(device))
  const outcomeOf = (outcome: Outcome, serial: string, detail: string): Worked => ({
    outcome,
    detail,
    cells: [serial, credential],
  })
  const { tokens: voucher, voucher: opened } = voucherIn(resolve(dir, row["voucher"]!))
  const enrolment = tokensIn(resolve(dir, row["enrolment"]!), "the enrolment")
  const { evidence, opening } = newClaim({ voucher, enrolment })
  const refused = await order(table, "claim", device, { evidence }, opening)
  // What a call before this one has done is not done again.
  const isClaimed = refused.length === 1 && refused[0] === "control.life_refused"
  if (refused.length > 0 && !isClaimed) return outcomeOf("failed", opened.serial, `claim: ${refused.join(", ")}`)
  const label: DeviceLabel = { name: row["name"] || null, labels: labelsOf(row["labels"] ?? "") }
  if (label.name !== null || Object.keys(label.labels).length > 0) {
    const unnamed = await order(table, "label", device, { label })
    if (unnamed.length > 0) return outcomeOf("failed", opened.serial, `label: ${unnamed.join(", ")}`)
  }
  const input = credentialInput(given, { subject: device, vendor: opened.vendor, class: opened.class })
  const issued = existsSync(credential)
    ? readInput(credential, "the credential").toString("utf8").trim()
    : await issueCredentialWith(input, issuer)
  if (!existsSync(credential)) writeOutput(credential, `${issued}\n`)
  const unattested = await order(table, "attest", device, { evidence: hash("sha256", issued, "base64url") })
  if (unattested.length === 0) return outcomeOf("enrolled", opened.serial, "")
  const isAttested = isClaimed && unattested.length === 1 && unattested[0] === "control.life_refused"
  return isAttested
    ? outcomeOf("already", opened.serial, "")
    : outcomeOf("failed", opened.serial, `attest: ${unattested.join(", ")}`)
}

export const enrollAll = async (given: Arguments, path: string, output: Output): Promise<ExitCode> => {
  const rows = rowsOf(path, NEEDED, COLUMNS)
  const [out, report] = [given.required("out"), given.required("report")]
  const [aud, reason] = [given.required("aud"), given.text("reason") ?? "enrolment"]
  mkdirSync(out, { recursive: true, mode: 0o700 })
  return withKey(given.required("issuer"), (issuer) =>
    withKeys(keyReferences(given.required("keys")), async (operators) => {
      const log = given.text("log") ?? (await askForLog(given))
      const dir = path === "-" ? "." : dirname(path)
      const table: Table = { given, dir, out, aud, log, reason, operators, issuer }
      const found = await eachRow(
        {
          rows,
          report,
          columns: ["serial", "credential"],
          outcomes: ["enrolled", "already"],
          work: (row) => enrollRow(table, row),
        },
        output,
      )
      return tellRows(found, output, { out })
    }),
  )
}
