/** Words of a call, checked. All throw a SetupProblem that names the option. */
import { choose } from "@assay/cli/choice"
import { SetupProblem } from "@assay/infra/local"

/** Choice among words. @throws UsageError */
export const oneOf = <const Word extends string>(name: string, text: string, words: ReadonlyArray<Word>): Word =>
  choose(`--${name}`, text, words)

/** Rising messages per second; none where the text is empty. */
export const ratesOf = (text: string): ReadonlyArray<number> => {
  if (text === "") return []
  const rates = text.split(",").map(Number)
  if (rates.every((rate, nth) => Number.isInteger(rate) && rate > 0 && rate > (rates[nth - 1] ?? 0))) return rates
  throw new SetupProblem(`--rates takes rising whole numbers, for example 500,1000,2000, not ${JSON.stringify(text)}`)
}

/** More environment for the services. */
export const environmentOf = (text: string): Readonly<Record<string, string>> => {
  const pairs = text.split(";").filter((pair) => pair !== "")
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=")
      if (at < 1) throw new SetupProblem(`--env takes KEY=VALUE;KEY=VALUE, not ${JSON.stringify(pair)}`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
