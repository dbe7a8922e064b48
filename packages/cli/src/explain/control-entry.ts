/** What stands in a control entry of `submitted` by its own words, and what came of it: a refused one names nobody in the audit record. */
import { readToken } from "@assay/credentials"
import { toRawEntry } from "@assay/engine"
import { CONTROL_TYP } from "@assay/knowledge"
import type { Log, LogRecord } from "@assay/log"
import { decodeAudit, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { Origin } from "@assay/trust"
import { escapeControls } from "@assay/trust/kit"
import { recordsOf } from "../open-log.ts"
import { reasonLine } from "./reason.ts"

type Control = Extract<ReturnType<typeof toRawEntry>, { kind: "control" }>["control"]

const MAX_WORD = 200
const word = (value: unknown): string => escapeControls(String(value ?? "nothing")).slice(0, MAX_WORD)

/** Signatures are not looked at here: whoever may write there can say anything. */
const wordsOf = (control: Control): string => {
  if (control.kind === "activation") return `an activation of ${word(control.item)}`
  const read = control.tokens.map((token) => readToken(token, CONTROL_TYP))
  const tokens = read.flatMap((one) => ("detail" in one ? [] : [one.payload]))
  const [first] = tokens
  if (first === undefined) return "a command that nobody can read"
  const signers = tokens.map(({ iss }) => word(iss)).join(" and ")
  return `by its own words the command ${word(first["verb"])} of ${word(first["target"])}, signed by ${signers}: ${word(first["reason"])}`
}

/** @returns a sentence that goes on from the entry's place */
export const controlEntry = async (log: Log, origin: Origin, record: LogRecord): Promise<string> => {
  const raw = toRawEntry(record, true, log.epoch, origin.partition, 0)
  if (raw.kind !== "control") throw new TypeError("the entry is none of control")
  for await (const { value } of recordsOf(log, STREAMS.audit, origin.partition)) {
    const event = readable(() => decodeAudit(value))
    if (event?.kind !== "control" || event.origin.offset !== origin.offset) continue
    const outcome = event.count === 1 ? "accepted" : `refused: ${event.reasons.map(reasonLine).join("; ")}`
    return `is no message: it is ${wordsOf(raw.control)}. It was ${outcome}`
  }
  return `is no message: it is ${wordsOf(raw.control)}. It is not judged yet`
}
