/** `assay submit FILE|-`: hands signed messages, one a line, to a running node. */
import { createReadStream } from "node:fs"
import { readLines } from "@assay/runtime"
import { type Command, EXIT, UsageError } from "../command.ts"
import { formatOrigin } from "../data.ts"

const CHUNK = 500
const MAX_LINE = 1 << 20
/** How often a refused chunk (429, 503) is tried again before we give up. */
const TRIES = 20

interface Taken {
  readonly accepted?: number
  readonly origins?: ReadonlyArray<{ epoch: number; partition: number; offset: number }>
  readonly error?: string
  readonly message?: string
}

const post = async (
  url: string,
  token: string | null,
  lines: ReadonlyArray<Buffer>,
): Promise<ReadonlyArray<string>> => {
  let left = [...lines]
  const origins: Array<string> = []
  for (let attempt = 0; left.length > 0; attempt++) {
    const response = await fetch(new URL("/v1/messages", url), {
      method: "POST",
      headers: {
        "content-type": "application/x-ndjson",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: Buffer.concat(left.flatMap((line) => [line, Buffer.from("\n")])),
    })
    const taken = (await response.json()) as Taken
    origins.push(...(taken.origins ?? []).map(formatOrigin))
    left = left.slice(taken.accepted ?? 0)
    if (response.ok) return origins
    const again = (response.status === 429 || response.status === 503) && attempt < TRIES
    if (!again)
      throw new Error(
        `the node refused (${response.status} ${taken.error}): ${taken.message}; ${origins.length} of ${lines.length} were taken`,
      )
    const seconds = Number(response.headers.get("retry-after") ?? "1")
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  }
  return origins
}

export const submit: Command = {
  name: "submit",
  summary: "hand signed messages to a running node",
  usage: "submit FILE|- [--url URL] [--token TOKEN]",
  details: "One compact JWS a line. Prints the origin of each; assay explain ORIGIN says how it was decided.",
  options: {
    url: { type: "string", value: "URL", default: "http://127.0.0.1:7070", help: "the node" },
    token: { type: "string", value: "TOKEN", help: "bearer token (or the environment's ASSAY_TOKEN)" },
  },
  run: async (given, output) => {
    const file = given.positionals[0]
    if (file === undefined) throw new UsageError("name the file with the messages, or - for standard input")
    const source = file === "-" ? process.stdin : createReadStream(file)
    const token = given.text("token") ?? process.env["ASSAY_TOKEN"] ?? null
    const origins: Array<string> = []
    let chunk: Array<Buffer> = []
    const flush = async (): Promise<void> => {
      if (chunk.length === 0) return
      const taken = await post(given.required("url"), token, chunk)
      for (const origin of taken) output.say(origin)
      origins.push(...taken)
      chunk = []
    }
    for await (const line of readLines(source as AsyncIterable<Buffer>, MAX_LINE)) {
      chunk.push(Buffer.from(line))
      if (chunk.length >= CHUNK) await flush()
    }
    await flush()
    output.result({ submitted: origins.length, origins }, () => undefined)
    return EXIT.ok
  },
}
