/** Which questions `assay registry query` asks: of the registry and of authorities that it may recognise, for each issuer, type and level. */
import type { Asked } from "@assay/resolver"
import { ISSUE, type TrustedRegistry } from "@assay/trust"
import { type Arguments, UsageError } from "../command.ts"

export interface Wanted {
  /** DIDs of issuers. */
  readonly issuers: ReadonlyArray<string>
  /** Types of credentials. */
  readonly types: ReadonlyArray<string>
  /** Authorities behind the registry, with where each answers. */
  readonly through: ReadonlyArray<{ readonly authority: string; readonly url: string }>
}

/** First without a level, then at each level that the bundle maps. */
const levelsOf = ({ levels }: TrustedRegistry): ReadonlyArray<string | null> => [
  null,
  ...levels.map(({ level }) => level),
]

export const questionsFor = (registry: TrustedRegistry, { issuers, types, through }: Wanted): ReadonlyArray<Asked> => {
  const places = [{ authority: registry.authority, url: registry.url }, ...through]
  const asked: Array<Asked> = []
  for (const resource of types)
    for (const level of levelsOf(registry)) {
      const about = { action: ISSUE, resource, level }
      // Who recognises whom: each place is asked about each other one, since it is not known who stands behind whom.
      for (const { authority, url } of registry.depth === 0 ? [] : places)
        for (const { authority: entity } of through)
          if (entity !== authority) asked.push({ url, question: { query: "recognition", authority, entity, ...about } })
      for (const { authority, url } of places)
        for (const entity of issuers)
          asked.push({ url, question: { query: "authorization", authority, entity, ...about } })
    }
  return asked
}

/** What an option names, separated by commas. */
export const wordsOf = (given: Arguments, option: string): ReadonlyArray<string> =>
  (given.text(option) ?? "")
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "")

/** `--through`: authorities behind a registry, and where each answers. @throws UsageError */
export const throughOf = (given: Arguments): Wanted["through"] =>
  wordsOf(given, "through").map((text) => {
    const at = text.lastIndexOf("=")
    const [authority, url] = [text.slice(0, at), text.slice(at + 1)]
    if (at < 1 || !URL.canParse(url) || new URL(url).protocol !== "https:")
      throw new UsageError(
        `--through takes AUTHORITY=URL, where that authority answers, and not ${JSON.stringify(text)}`,
      )
    return { authority, url: url.replace(/\/$/, "") }
  })
