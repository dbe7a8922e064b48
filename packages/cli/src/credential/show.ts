/** What a register has: counts, or each credential of a device. */
import { type Arguments, EXIT, type ExitCode } from "../command.ts"
import { type Output, table } from "../output.ts"
import type { Registered } from "./register.ts"
import { withRegister } from "./shared-register.ts"

const DAY_MS = 86_400_000

const instant = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z")

const rowOf = ({ device, status, validUntil, index, hash }: Registered, now: number): ReadonlyArray<string> => [
  device,
  status === "valid" && validUntil <= now ? "ended" : status,
  instant(validUntil),
  String(index),
  hash,
]

export const show = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const device = given.text("device") ?? given.positionals[1] ?? null
  const within = given.text("expiring") === null ? null : given.whole("expiring", 0, 36_500)
  return withRegister(given.required("register"), async (register) => {
    const now = Date.now()
    const all = device === null ? [...register.all] : [...register.of(device)]
    const ends = within === null ? Number.POSITIVE_INFINITY : now + within * DAY_MS
    const shown = all.filter(({ status, validUntil }) => within === null || (status === "valid" && validUntil <= ends))
    if (device !== null || within !== null) {
      output.result(shown, () =>
        output.say(
          table(
            ["device", "status", "until", "place", "credential"],
            shown.map((one) => rowOf(one, now)),
            [3],
          ),
        ),
      )
      return shown.length > 0 || device === null ? EXIT.ok : EXIT.failed
    }
    const count = (is: (one: Registered) => boolean): number => all.filter(is).length
    const { terms } = register
    const counts = {
      credentials: all.length,
      valid: count(({ status, validUntil }) => status === "valid" && validUntil > now),
      ended: count(({ status, validUntil }) => status === "valid" && validUntil <= now),
      suspended: count(({ status }) => status === "suspended"),
      revoked: count(({ status }) => status === "revoked"),
      places: terms.entries,
      signed: terms.issued === 0 ? null : instant(terms.issued),
      until: terms.issued === 0 ? null : instant(terms.issued + terms.lastsMs),
    }
    output.result({ ...counts, format: terms.format, lists: terms.lists }, () => {
      output.say(
        `${counts.credentials} credentials in ${terms.entries} places: ${counts.valid} valid, ${counts.suspended} suspended, ${counts.revoked} revoked, ${counts.ended} ended`,
      )
      for (const { id, purpose } of terms.lists) output.say(`${id} (${terms.format}, ${purpose})`)
      output.say(
        counts.signed === null
          ? "the lists were never signed: assay credential publish"
          : `signed ${counts.signed}, they count until ${counts.until}`,
      )
    })
    return EXIT.ok
  })
}
