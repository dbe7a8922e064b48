/** What `assay anchor run` says of logs that are left out, and of places that nothing is written to now. */
import type { Round } from "@assay/anchor"

/** It is said again while it lasts. */
const REPEAT_MS = 600_000

/**
 * What makes it the same problem: the log or place, and the words. Numbers change from round to round, such as what gas costs, or how
 * many leaves a copy shows.
 */
const nameOf = (text: string): string => {
  const at = text.indexOf(": ")
  return `${text.slice(0, at)}${text.slice(at).replace(/\d[\d.e+:TZ-]*/g, "0")}`
}

/**
 * Each problem when it begins, now and then while it lasts, and again when it was over between.
 * @param now milliseconds since 1970
 */
export const problemTeller = (
  complain: (line: string) => void,
  now: () => number = Date.now,
): ((round: Pick<Round, "anchors" | "problems">) => void) => {
  const said = new Map<string, number>()
  return ({ anchors, problems }) => {
    const texts = [
      ...problems,
      ...anchors.flatMap(({ name, problem }) => (problem === null ? [] : [`${name}: ${problem.text}`])),
    ]
    const time = now()
    for (const text of texts) {
      if (time - (said.get(nameOf(text)) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) continue
      said.set(nameOf(text), time)
      complain(`ALARM: ${text}`)
    }
    const names = new Set(texts.map(nameOf))
    for (const name of said.keys()) if (!names.has(name)) said.delete(name)
  }
}
