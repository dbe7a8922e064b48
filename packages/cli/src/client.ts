/** Calls to a running node, and what goes wrong with them in words. */
import { type Arguments, type Option, UsageError } from "./command.ts"

/** Every command that talks to a node takes these. */
export const NODE_OPTIONS: Readonly<Record<string, Option>> = {
  url: { type: "string", value: "URL", default: "http://127.0.0.1:7070", help: "the node" },
  token: { type: "string", value: "TOKEN", help: "bearer token (or the environment's ASSAY_TOKEN)" },
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
export class NodeError extends Error {}

/** @throws UsageError where --url is no http URL */
export const nodeUrl = (given: Arguments): URL => {
  const text = given.required("url")
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new UsageError(`--url takes the node's address, for example http://127.0.0.1:7070, not ${text}`)
  }
  return url
}

/** @throws NodeError where nobody answers, or the answer is not a node's */
export const post = async <Body>(
  given: Arguments,
  path: string,
  type: string,
  body: Uint8Array,
): Promise<NodeAnswer<Body & Refusal>> => {
  const base = nodeUrl(given)
  const token = given.text("token") ?? process.env["ASSAY_TOKEN"] ?? null
  let response: Response
  try {
    response = await fetch(new URL(path, base), {
      method: "POST",
      headers: { "content-type": type, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: Buffer.from(body),
    })
  } catch (cause) {
    const inner = (cause as Error).cause as NodeJS.ErrnoException | undefined
    throw new NodeError(
      `no node answers at ${base.origin} (${inner?.code ?? inner?.message ?? (cause as Error).message}): start one with assay run, or name it with --url`,
    )
  }
  const text = await response.text()
  let parsed: Body & Refusal
  try {
    parsed = JSON.parse(text) as Body & Refusal
  } catch {
    throw new NodeError(`${base.origin} answers, but not as an Assay node (${response.status}): look at --url`)
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

/** A refusal in words, with what to do about the usual ones. */
export const refusalOf = (answer: NodeAnswer<Refusal>): NodeError => {
  const { status, body } = answer
  const hint =
    status === 401 ? "; give the token with --token or ASSAY_TOKEN" : mayPass(answer) ? "; try again later" : ""
  return new NodeError(
    `the node refused (${status} ${body.error ?? "unknown"}): ${body.message ?? "no reason given"}${hint}`,
  )
}
