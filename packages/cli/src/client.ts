/** Calls to a running node, and a description of what goes wrong with them. */

import { setTimeout as sleep } from "node:timers/promises"
import { COMMAND, fileKeyOf, processEnvironment } from "@assay/settings"
import * as Redacted from "effect/Redacted"
import { type Arguments, fromSetting, type Option, UsageError } from "./command.ts"

/** Every command that talks to a node takes these. */
export const NODE_OPTIONS: Readonly<Record<string, Option>> = {
  url: { type: "string", value: "URL", ...fromSetting(COMMAND.url), help: "the node" },
  token: { type: "string", value: "TOKEN", ...fromSetting(COMMAND.token), help: "bearer token" },
}

export interface NodeAnswer<Body> {
  readonly status: number
  readonly ok: boolean
  readonly retryAfterSeconds: number | null
  readonly body: Body
}

/** What every refusal of a node says. */
export interface Refusal {
  readonly error?: string
  readonly message?: string
}

/** The node did not answer, or refused: its message says what to do. Exit code 3. */
export class NodeError extends Error {
  /** Whether what was sent may be in the log all the same. */
  readonly mayBeTaken: boolean

  constructor(message: string, mayBeTaken = false) {
    super(message)
    this.mayBeTaken = mayBeTaken
  }
}

/** No connection was made, so nothing arrived. The same where there is no code: `fetch` refuses some ports by itself. */
const NOT_CONNECTED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
])

/** @throws UsageError where --url, or ASSAY_URL in its place, is no http URL */
export const nodeUrl = (given: Arguments): URL => nodeUrlOf(given.required("url"))

/** @throws UsageError where it is no http URL */
export const nodeUrlOf = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new UsageError(
      `--url (or ASSAY_URL) takes the node's address, for example ${COMMAND.url.fallback}, not ${text}`,
    )
  }
  return url
}

/** Why a call failed, shortest first: `fetch failed` alone says nothing. */
const problemOf = (cause: unknown): { readonly code: string | null; readonly words: string } => {
  const inner = (cause as Error).cause as NodeJS.ErrnoException | undefined
  return { code: inner?.code ?? null, words: inner?.code ?? inner?.message ?? (cause as Error).message }
}

const noAnswer = (base: URL, cause: unknown): NodeError => {
  const { code, words } = problemOf(cause)
  const broke = code !== null && !NOT_CONNECTED.has(code)
  return new NodeError(
    broke
      ? `the connection to ${base.origin} broke before the node had answered (${words}): look at the node`
      : `no node answers at ${base.origin} (${words}): start one with assay run, or name it with --url or ASSAY_URL`,
    broke,
  )
}

const READY_POLL_MS = 200

/** What `/readyz` says of a node that works, and under whose expired knowledge nothing can be verified. */
export const LAPSED = "knowledge.expired"

/**
 * Waits until the node says at `/readyz` that it does its work.
 * @param deadline milliseconds since 1970
 * @param despite a code of `/readyz` that the caller is about to mend, and so does not wait for
 * @throws NodeError after the deadline, with what was in the way last
 */
export const whenReady = async (
  given: Arguments,
  deadline: number,
  progress: (line: string) => void,
  despite: typeof LAPSED | null = null,
): Promise<void> => {
  const base = nodeUrl(given)
  for (let lastReason: string | null = null; ; await sleep(READY_POLL_MS)) {
    let reason: string
    try {
      const signal = AbortSignal.timeout(Math.max(1, deadline - Date.now()))
      const response = await fetch(new URL("/readyz", base), { signal })
      if (response.ok) return
      const said = (await response.json()) as { readonly reason?: string; readonly code?: string }
      if (despite !== null && said.code === despite) return
      reason = said.reason ?? `it answers ${response.status}`
    } catch (cause) {
      reason = `no answer (${problemOf(cause).words})`
    }
    if (reason !== lastReason) progress(`waiting for the node at ${base.origin}: ${reason}`)
    lastReason = reason
    if (Date.now() + READY_POLL_MS >= deadline)
      throw new NodeError(`the node at ${base.origin} did not become ready in time: ${reason}`)
  }
}

/**
 * The token of the call, else of the environment, where it may stand in a file. It is opened where the header is written.
 * @throws ConfigurationError where the file cannot be read, or both are set
 */
export const tokenOf = async (given: Arguments): Promise<Redacted.Redacted | null> => {
  const environment = processEnvironment()
  if (!given.isGiven("token") && environment[fileKeyOf(COMMAND.token)] !== undefined) {
    const { readSettings } = await import("@assay/settings/read")
    return readSettings({ token: COMMAND.token }, environment).token
  }
  const token = given.text("token")
  return token === null ? null : Redacted.make(token)
}

/** @throws NodeError where nobody answers, or the answer is not a node's */
export const ask = <Body>(given: Arguments, path: string): Promise<NodeAnswer<Body & Refusal>> =>
  send(given, path, "GET", {}, null)

/** @throws NodeError where nobody answers, or the answer is not a node's */
export const post = <Body>(
  given: Arguments,
  path: string,
  type: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<NodeAnswer<Body & Refusal>> =>
  send(given, path, "POST", { ...headers, "content-type": type }, Buffer.from(body))

const send = async <Body>(
  given: Arguments,
  path: string,
  method: "GET" | "POST",
  headers: Readonly<Record<string, string>>,
  body: Buffer<ArrayBuffer> | null,
): Promise<NodeAnswer<Body & Refusal>> => {
  const base = nodeUrl(given)
  const token = await tokenOf(given)
  let response: Response
  try {
    response = await fetch(new URL(path, base), {
      method,
      headers: { ...headers, ...(token === null ? {} : { authorization: `Bearer ${Redacted.value(token)}` }) },
      body,
    })
  } catch (cause) {
    throw noAnswer(base, cause)
  }
  const text = await response.text().catch((cause: unknown) => {
    throw noAnswer(base, cause)
  })
  let parsed: Body & Refusal
  try {
    parsed = JSON.parse(text) as Body & Refusal
  } catch {
    throw new NodeError(
      `${base.origin} answers, but not as an Assay node (${response.status}): look at --url and ASSAY_URL`,
    )
  }
  const after = response.headers.get("retry-after")
  return {
    status: response.status,
    ok: response.ok,
    retryAfterSeconds: after === null ? null : Number(after),
    body: parsed,
  }
}

/** Whether the same call may succeed a little later without anybody doing anything. */
export const mayPass = ({ status, body }: NodeAnswer<Refusal>): boolean =>
  status === 429 || (status === 503 && body.error !== "log.forbidden")

/** A refusal as text, with what to do about the usual ones. */
export const refusalOf = (answer: NodeAnswer<Refusal>): NodeError => {
  const { status, body } = answer
  const hint =
    status === 401 ? "; give the token with --token or ASSAY_TOKEN" : mayPass(answer) ? "; try again later" : ""
  return new NodeError(
    `the node refused (${status} ${body.error ?? "unknown"}): ${body.message ?? "no reason given"}${hint}`,
    status >= 500 && body.error !== "log.forbidden",
  )
}
