/** `assay submit FILE|-`: hands signed messages, one a line, to a running node. */
import { createReadStream } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { readLines } from "@assay/ingress"
import { mayPass, NODE_OPTIONS, NodeError, nodeUrl, post, refusalOf } from "../client.ts"
import { type Arguments, type Command, EXIT, UsageError } from "../command.ts"
import { formatOrigin } from "../data.ts"
import { fileProblem } from "../files.ts"

const CHUNK = 500
const MAX_LINE = 1 << 20
/** How often a refused chunk (429, 503) is tried again before we give up. */
const TRIES = 20

interface Taken {
  readonly accepted?: number
  readonly origins?: ReadonlyArray<{ epoch: number; partition: number; offset: number }>
}

/** Hands over one chunk, told again and again where the node asks for time. Each origin is told as soon as it is taken. */
const hand = async (given: Arguments, lines: ReadonlyArray<Buffer>, took: (origin: string) => void): Promise<void> => {
  let left = [...lines]
  for (let attempt = 0; ; attempt++) {
    const answer = await post<Taken>(
      given,
      "/v1/messages",
      "application/x-ndjson",
      Buffer.concat(left.flatMap((line) => [line, Buffer.from("\n")])),
    )
    for (const origin of answer.body.origins ?? []) took(formatOrigin(origin))
    left = left.slice(answer.body.accepted ?? 0)
    if (answer.ok) return
    if (!mayPass(answer) || attempt >= TRIES) throw refusalOf(answer)
    await sleep((answer.retryAfterSeconds ?? 1) * 1000)
  }
}

export const submit: Command = {
  name: "submit",
  summary: "hand signed messages to a running node",
  usage: "submit FILE|- [--url URL] [--token TOKEN]",
  details: "One compact JWS a line. Prints the origin of each; assay explain ORIGIN says how it was decided.",
  takes: 1,
  options: NODE_OPTIONS,
  run: async (given, output) => {
    const file = given.positionals[0]
    if (file === undefined) throw new UsageError("name the file with the messages, or - for standard input")
    nodeUrl(given) // a bad one is told before anything is read
    const source = file === "-" ? process.stdin : createReadStream(file)
    const origins: Array<string> = []
    const took = (origin: string): void => {
      origins.push(origin)
      output.say(origin)
    }
    let chunk: Array<Buffer> = []
    try {
      for await (const line of readLines(source as AsyncIterable<Buffer>, MAX_LINE)) {
        chunk.push(Buffer.from(line))
        if (chunk.length < CHUNK) continue
        await hand(given, chunk, took)
        chunk = []
      }
      if (chunk.length > 0) await hand(given, chunk, took)
    } catch (cause) {
      const taken =
        origins.length === 0
          ? "nothing was taken"
          : `${origins.length} messages were taken before it, the last as ${origins.at(-1)}`
      if (cause instanceof NodeError) throw new NodeError(`${cause.message}; ${taken}`)
      throw new UsageError(`${file} cannot be read as messages: ${fileProblem(cause)}; ${taken}`)
    }
    if (origins.length === 0)
      throw new UsageError(`${file} holds no message: one compact JWS a line is needed, as assay sign prints it`)
    output.result({ submitted: origins.length, origins }, () => undefined)
    return EXIT.ok
  },
}
