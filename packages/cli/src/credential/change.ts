/** Revoking, suspending and lifting a suspension: what the register says, and the lists that say it to everybody. */
import { readFileSync } from "node:fs"
import { readCredential } from "@assay/credentials"
import type { ControlOutcome } from "@assay/ingress"
import { STATUS_LIST } from "@assay/knowledge"
import { eachRow, rowsOf } from "../bulk.ts"
import { post, refusalOf } from "../client.ts"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import { type OpenKey, withKey } from "../keys.ts"
import { type Judged, tellOutcome } from "../outcome.ts"
import type { Output } from "../output.ts"
import { deviceOf } from "./issue.ts"
import { type PublishedList, publishLists } from "./publish.ts"
import type { Register, Status } from "./register.ts"
import { withRegister } from "./shared-register.ts"

export type Change = "revoke" | "suspend" | "resume"

const RULES: Readonly<
  Record<Change, { readonly to: Status; readonly done: string; readonly from: ReadonlySet<Status> }>
> = {
  revoke: { to: "revoked", done: "revoked", from: new Set(["valid", "suspended"]) },
  suspend: { to: "suspended", done: "suspended", from: new Set(["valid"]) },
  resume: { to: "valid", done: "resumed", from: new Set(["suspended"]) },
}

/** Those of a device that have not ended. @throws UsageError where there is nothing to change */
const changeDevice = (register: Register, change: Change, device: string, reason: string | null): number => {
  const { to, from } = RULES[change]
  const now = Date.now()
  const open = register.of(device).filter(({ validUntil }) => validUntil > now)
  if (open.length === 0) throw new UsageError(`${device}: the register has no credential of it that has not ended`)
  const changing = open.filter(({ status }) => from.has(status))
  if (changing.length === 0 && open.some(({ status }) => status !== to))
    throw new UsageError(
      `${device}: its credentials are ${[...new Set(open.map(({ status }) => status))].join(" and ")}: ${change === "resume" ? "only a suspension is lifted, a revocation stays" : "nothing to change"}`,
    )
  for (const { hash } of changing) register.change(hash, to, reason, now)
  return changing.length
}

const changeOne = (register: Register, change: Change, file: string, reason: string | null): string => {
  const read = readCredential(readInput(file, "the credential").toString("utf8").trim())
  if ("detail" in read) throw new UsageError(`${file}: ${read.detail}`)
  const { hash, subject } = read.credential
  const known = register.get(hash)
  if (known === undefined) throw new UsageError(`${file}: the register does not have this credential`)
  const { to, from } = RULES[change]
  if (known.status !== to && !from.has(known.status)) throw new UsageError(`${file}: it is ${known.status}`)
  register.change(hash, to, reason, Date.now())
  return subject
}

/** A partition that has this list, or a later one, in force already: a resolver was quicker. */
const isThere = ({ accepted, reasons }: ControlOutcome): boolean =>
  accepted || (reasons.length === 1 && reasons[0] === "control.knowledge_version")

/** Hands each list to the node that the call names, so that it is in force at once. @throws NodeError */
const activate = async (given: Arguments, lists: ReadonlyArray<PublishedList>): Promise<Judged> => {
  const all: Array<Judged> = []
  for (const { file } of lists) {
    const { name, mediaType } = STATUS_LIST
    const answer = await post<Judged>(given, `/v1/admin/knowledge/${name}`, mediaType, readFileSync(file))
    if (!answer.ok) throw refusalOf(answer)
    const outcomes = answer.body.outcomes.map((one) => ({ ...one, accepted: isThere(one) }))
    all.push({ accepted: answer.body.accepted === null ? null : outcomes.every(({ accepted }) => accepted), outcomes })
  }
  const isRefused = all.some(({ accepted }) => accepted === false)
  const isOpen = all.some(({ accepted }) => accepted === null)
  return { accepted: isRefused ? false : isOpen ? null : true, outcomes: all.flatMap(({ outcomes }) => outcomes) }
}

/** Signs the lists, and tells what was done; with `--activate` also what the node made of them. */
const tell = async (
  given: Arguments,
  register: Register,
  issuer: OpenKey,
  what: { readonly said: object; readonly words: string },
  output: Output,
): Promise<ExitCode> => {
  const lists = await publishLists(register, issuer, Date.now())
  const judged = given.flag("activate") ? await activate(given, lists) : null
  const people = (): void => {
    output.say(what.words)
    for (const { id, file, bytes, set } of lists) output.say(`${file}: ${set} set, ${bytes} bytes, for ${id}`)
  }
  if (judged === null) {
    output.result({ ...what.said, lists }, people)
    return EXIT.ok
  }
  if (!output.json) people()
  return tellOutcome(judged, `${lists.length} status lists`, { ...what.said, lists }, output)
}

export const change = async (given: Arguments, verb: Change, output: Output): Promise<ExitCode> => {
  const { done } = RULES[verb]
  const [csv, file, reason] = [given.text("csv"), given.text("credential"), given.text("reason")]
  const many = async (table: string, register: Register, issuer: OpenKey): Promise<ExitCode> => {
    const found = await eachRow(
      {
        rows: rowsOf(table, ["device"], ["device"]),
        report: given.text("report"),
        outcomes: [done],
        work: ({ device }) => {
          changeDevice(register, verb, device!, reason)
          return { outcome: done }
        },
        flush: () => register.flush(),
      },
      output,
    )
    const code = await tell(given, register, issuer, found, output)
    return found.failed === 0 ? code : EXIT.failed
  }
  const one = async (register: Register, issuer: OpenKey): Promise<ExitCode> => {
    const device = file === null ? deviceOf(given) : changeOne(register, verb, file, reason)
    const changed = file === null ? changeDevice(register, verb, device, reason) : 1
    await register.flush()
    const what = { said: { device, [done]: changed }, words: `${device}: ${changed} ${done}` }
    return tell(given, register, issuer, what, output)
  }
  const dir = given.required("register")
  return withKey(given.required("issuer"), (issuer) =>
    withRegister(dir, (register) => (csv === null ? one(register, issuer) : many(csv, register, issuer))),
  )
}
