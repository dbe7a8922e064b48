/**
 * Questions to a schema registry that the public interface of `@kafkajs/confluent-schema-registry` does not have: its
 * subjects, a subject's versions with number and text, and a subject's compatibility. Each call is bounded in time and
 * size, and follows no redirection.
 */
import type { RegistrySettings } from "./settings.ts"

/** A registry's longest answer holds one schema as JSON text; ours have under 20 kB. */
const MAX_ANSWER = 4 << 20
const MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"

/** The registry answered with another status than 2xx. */
export class AnswerError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const bounded = async (response: Response): Promise<string> => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MAX_ANSWER) throw new Error(`the answer is over ${MAX_ANSWER} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}

/** Undefined where it is no JSON. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const messageOf = (answer: unknown, status: number): string => {
  const message = (answer as { message?: unknown } | null | undefined)?.message
  return typeof message === "string" ? message : `status ${status}`
}

/**
 * Asks, and gives the answer as JSON; undefined where it is none.
 * @throws AnswerError for another status than 2xx
 * @throws Error where no answer came in time, or one too long
 */
export type Ask = (path: string, change?: { readonly method: "PUT"; readonly body: object }) => Promise<unknown>

/** @param callMs bounds each call, from connecting to the last byte */
export const restOf = ({ url, user, password }: RegistrySettings, callMs: number): Ask => {
  const headers: Record<string, string> = { accept: `${MEDIA_TYPE}, application/json`, "user-agent": "assay" }
  if (user !== null && password !== null) {
    headers["authorization"] = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`
  }
  return async (path, change) => {
    const response = await fetch(`${url}${path}`, {
      redirect: "manual",
      signal: AbortSignal.timeout(callMs),
      ...(change === undefined
        ? { headers }
        : {
            method: change.method,
            headers: { ...headers, "content-type": MEDIA_TYPE },
            body: JSON.stringify(change.body),
          }),
    })
    const answer = parsed(await bounded(response))
    if (!response.ok) throw new AnswerError(response.status, messageOf(answer, response.status))
    return answer
  }
}
