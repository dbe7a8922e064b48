/** Making a register, and signing its lists again before they are too old. */
import { LIST_FORMATS } from "@assay/credentials"
import { MAX_STATUS_LIST_AGE_MS } from "@assay/trust"
import { chosen } from "../choice.ts"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { withKey } from "../keys.ts"
import { complainOf, type Output } from "../output.ts"
import { listenForStop } from "../stop-signal.ts"
import { type PublishedList, publishLists } from "./publish.ts"
import { createRegister, listsAt } from "./register-terms.ts"
import { withRegister } from "./shared-register.ts"

const HOUR_MS = 3_600_000
/** As many as a list of two bits each may have. */
const MAX_ENTRIES = 4 << 20
const MIN_BITSTRING = 131_072

export const initRegister = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const dir = given.positionals[1] ?? given.text("register")
  if (dir === null) throw new UsageError("name the directory of the register: assay credential init DIR --at URL")
  const at = given.required("at")
  const url = URL.canParse(at) ? new URL(at) : null
  if (url === null || url.protocol !== "https:" || url.search !== "" || url.hash !== "" || url.port !== "")
    throw new UsageError(
      `--at takes the https URL below which the lists will be published, without port or query, not ${at}`,
    )
  const format = chosen(given, "format", LIST_FORMATS)
  const entries = given.whole("entries", 1, MAX_ENTRIES)
  const lists = listsAt(at, format)
  await createRegister(dir, {
    format,
    lists,
    entries: format === "vc+jwt" ? Math.max(entries, MIN_BITSTRING) : entries,
    ttlMs: given.whole("ttl", 1, 86_400) * 1_000,
    lastsMs: given.whole("lasts", 1, MAX_STATUS_LIST_AGE_MS / HOUR_MS) * HOUR_MS,
  })
  output.result({ dir, format, lists }, () => {
    output.say(`${dir}: a register of ${entries} places`)
    for (const { id, file } of lists) output.say(`${id} is the file public/${file}`)
  })
  return EXIT.ok
}

const publishOnce = (given: Arguments): Promise<ReadonlyArray<PublishedList>> =>
  withKey(given.required("issuer"), (issuer) =>
    withRegister(given.required("register"), (register) => publishLists(register, issuer, Date.now())),
  )

export const publish = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const tell = (lists: ReadonlyArray<PublishedList>): void => {
    for (const { id, file, bytes, set } of lists) output.say(`${file}: ${set} set, ${bytes} bytes, for ${id}`)
  }
  if (given.text("every") === null) {
    const lists = await publishOnce(given)
    output.result({ lists }, () => tell(lists))
    return EXIT.ok
  }
  const everyMs = given.whole("every", 1, 86_400) * 1_000
  tell(await publishOnce(given))
  const stop = listenForStop()
  try {
    while (!stop.signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs)
        stop.signal.addEventListener("abort", () => {
          clearTimeout(timer)
          resolve()
        })
      })
      if (stop.signal.aborted) break
      // Another call may work on the register just now: the next time comes.
      await publishOnce(given).then(
        (lists) => output.progress(`signed ${lists.length} lists`),
        (cause: unknown) => complainOf("signing the lists", cause),
      )
    }
  } finally {
    stop.release()
  }
  return EXIT.ok
}
