/** Many questions to trust registries, a few at a time; and whether two have heard the same. */
import type { RegistryAnswer, RegistryAnswers, TrustedRegistry } from "@assay/trust"
import type { FetchReason } from "../fetch/get.ts"
import { type AskOptions, askRegistry, type Question } from "./ask.ts"

export interface Asked {
  /** Where it is asked: https, without a slash at its end. */
  readonly url: string
  readonly question: Question
}

export interface Answered {
  /** In an order of their own, whichever came first. */
  readonly answers: ReadonlyArray<RegistryAnswer>
  /** Questions that got no answer. */
  readonly unanswered: ReadonlyArray<{
    readonly question: Question
    readonly reason: FetchReason
    readonly detail: string
  }>
}

/** Questions under way at once: a registry is somebody else's server. */
const AT_ONCE = 4

/** For people, one line. */
export const nameOfQuestion = ({ query, entity, authority, level }: Question): string =>
  `${query} of ${entity} by ${authority}${level === null ? "" : ` at ${level}`}`

const orderOf = ({ query, authority, entity, action, resource, level }: Question): string =>
  JSON.stringify([query, authority, entity, action, resource, level ?? ""])

/** Never rejects. */
export const askAll = async (options: AskOptions, questions: ReadonlyArray<Asked>): Promise<Answered> => {
  const left = [...questions]
  const answers: Array<RegistryAnswer> = []
  const unanswered: Array<Answered["unanswered"][number]> = []
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { url, question } = next
      const found = await askRegistry(options, url, question)
      if ("holds" in found) answers.push(found)
      else unanswered.push({ question, ...found })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { answers: answers.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)), unanswered }
}

/** What answers say, without their times: who signs for another must have heard the same. */
export const saidIn = (answers: ReadonlyArray<RegistryAnswer>): string =>
  JSON.stringify(
    answers.map(({ query, authority, entity, action, resource, level, holds }) => [
      query,
      authority,
      entity,
      action,
      resource,
      level,
      holds,
    ]),
  )

/** Where each question of an item is asked again; null where it is not known. */
export const questionsOf = (
  { answers }: Pick<RegistryAnswers, "answers">,
  registry: TrustedRegistry,
  through: ReadonlyMap<string, string>,
): ReadonlyArray<Asked> | { readonly unknown: string } => {
  const asked = new Map<string, Asked>()
  for (const { evaluated: _, expires: __, holds: ___, ...question } of answers) {
    const { authority } = question
    const url = authority === registry.authority ? registry.url : through.get(authority)
    if (url === undefined) return { unknown: authority }
    asked.set(JSON.stringify(question), { url, question })
  }
  return [...asked.values()]
}
