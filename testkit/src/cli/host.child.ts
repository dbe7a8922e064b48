/**
 * Runs commands of `assay` one after the other in this process, each with a directory, an environment and an input of its
 * own. Started by host.ts, and ended by it or with it. What a command leaves behind in a process, the next one finds: the
 * commands must not care.
 */
import { enableCompileCache } from "node:module"
import { Readable } from "node:stream"
import { fileURLToPath } from "node:url"
import type { Answered, Asked } from "./host.ts"

enableCompileCache(fileURLToPath(new URL("../../../node_modules/.cache/assay", import.meta.url)))
const { execute } = await import("@assay/cli/program")

type Write = typeof process.stdout.write

/** Everything that is written meanwhile goes to `take`. @returns what ends that */
const capture = (stream: NodeJS.WriteStream, take: (text: string) => void): (() => void) => {
  const { write } = stream
  stream.write = ((chunk: string | Uint8Array, encoding?: unknown, written?: unknown): boolean => {
    take(Buffer.from(chunk as Uint8Array).toString("utf8"))
    const done = typeof encoding === "function" ? encoding : written
    if (typeof done === "function") process.nextTick(done as () => void)
    return true
  }) as Write
  return () => {
    stream.write = write
  }
}

const run = async ({ args, cwd, env, input }: Asked): Promise<Omit<Answered, "id">> => {
  process.chdir(cwd)
  for (const key of Object.keys(process.env)) if (!(key in env)) delete process.env[key]
  Object.assign(process.env, env)
  Object.defineProperty(process, "stdin", { configurable: true, value: Readable.from([Buffer.from(input)]) })
  let out = ""
  let err = ""
  const ends = [
    capture(process.stdout, (text) => {
      out += text
    }),
    capture(process.stderr, (text) => {
      err += text
    }),
  ]
  try {
    return { code: await execute(args), out, err }
  } finally {
    for (const end of ends) end()
  }
}

let last: Promise<void> = Promise.resolve()
process.on("message", (asked: Asked) => {
  last = last.then(async () => {
    process.send!({ id: asked.id, ...(await run(asked)) } satisfies Answered)
  })
})
process.once("disconnect", () => process.exit())
