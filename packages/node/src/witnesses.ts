/** The witnesses of a node as its configuration names them, checked before anything is started. */
import { readFileSync } from "node:fs"
import { ConfigurationError, NODE } from "@assay/settings"
import { NoteError, type Policy, parsePolicy } from "@assay/transparency"

/** Plain data: a policy itself has functions. */
export interface WitnessSettings {
  /** The file of the policy, as it was read and checked. */
  readonly policy: Uint8Array
  /** Between two rounds, milliseconds. */
  readonly intervalMs: number
}

const isHttp = (url: string): boolean => /^https?:$/.test(URL.parse(url)?.protocol ?? "")

/** @returns null where no policy is named. @throws ConfigurationError that names the key and what is wrong with the file */
export const readWitnesses = (path: string | null, intervalMs: number): WitnessSettings | null => {
  if (path === null) return null
  const wrong = (what: string): ConfigurationError =>
    new ConfigurationError(`${NODE.witnessPolicy.key} names ${path}: ${what}`)
  let file: Uint8Array
  let policy: Policy
  try {
    file = readFileSync(path)
    policy = parsePolicy(file)
  } catch (cause) {
    if (cause instanceof NoteError) throw wrong(cause.message)
    throw wrong(`it cannot be read: ${(cause as Error).message}`)
  }
  const urls = policy.witnesses.map(({ url }) => url).filter((url) => url !== null)
  const bad = urls.find((url) => !isHttp(url))
  if (bad !== undefined) throw wrong(`${JSON.stringify(bad)} is no http or https URL of a witness`)
  const asked = new Set(policy.witnesses.filter(({ url }) => url !== null).map(({ name }) => name))
  if (asked.size === 0) throw wrong("no witness has a URL there, so none could be asked")
  if (!policy.isMet(asked))
    throw wrong(
      `the witnesses with a URL are fewer than its quorum, ${policy.quorum}: no checkpoint could ever be cosigned`,
    )
  return { policy: file, intervalMs }
}
