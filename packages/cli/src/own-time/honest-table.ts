/** What became of honest kinds, for people. */
import { type Output, table } from "../output.ts"
import type { HonestRow } from "./honest.ts"

const HEAD = ["honest kind", "messages", "verified", "annotated", "refused", "watched", "in quarantine", ""]

const stateOf = ({ wrong, punished, known }: HonestRow, output: Output): string => {
  if (wrong.length === 0) return known === null ? "ok" : "ok (on the list of those still punished)"
  if (punished.length === 0 && known === null) return output.colour("annotated more than is right", "yellow")
  return output.colour(known === null ? "WRONG" : "STILL PUNISHED", known === null ? "red" : "yellow")
}

export const showHonestKinds = (rows: ReadonlyArray<HonestRow>, output: Output): void => {
  output.say()
  output.say(
    table(
      HEAD,
      rows.map((row) => [
        row.title,
        String(Object.values(row.outcomes).reduce((sum, count) => sum + count, 0)),
        String(row.outcomes.verified),
        String(row.outcomes.annotated),
        String(row.outcomes.quarantined + row.outcomes.rejected + row.outcomes.undecided),
        `${row.watches} x`,
        `${row.quarantines} x`,
        stateOf(row, output),
      ]),
      [1, 2, 3, 4, 5, 6],
    ),
  )
  const punished = rows.filter(({ wrong, known }) => wrong.length > 0 && known !== null)
  output.say()
  const good = rows.filter(({ wrong }) => wrong.length === 0).length
  const unknown = rows.filter((row) => row.punished.length > 0 && row.known === null).length
  const annotated = rows.length - good - punished.length - unknown
  output.say(
    `${rows.length} honest kinds: ${good} as they should be, ${annotated} annotated more than is right, ${punished.length} known to be still punished, ${unknown} wrong and not known`,
  )
  for (const { kind, wrong, known } of punished)
    output.say(output.colour(`  still punished: ${kind}: ${wrong.join("; ")}. Why: ${known}`, "yellow"))
}
