/**
 * The process behind `http-receiver.ts`: writes what it is sent to a file, and answers when that is durable. `/_bulk` is answered as
 * Elasticsearch does: what has an `_id` that is there already is refused with 409, and not written.
 */
import { closeSync, existsSync, fdatasyncSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs"
import { createServer } from "node:http"
import { gunzipSync } from "node:zlib"

const [port, path] = process.argv.slice(2) as [string, string]

/** Half a line that was being written when it was killed was not acknowledged. */
const repaired = (): ReadonlyArray<string> => {
  if (!existsSync(path)) return []
  const text = readFileSync(path)
  const whole = text.lastIndexOf("\n") + 1
  truncateSync(path, whole)
  return text.subarray(0, whole).toString("utf8").split("\n").slice(0, -1)
}

const keys = new Set(repaired().map((line) => (JSON.parse(line) as { key: string }).key))
const file = openSync(path, "a")

const keep = (received: ReadonlyArray<string>, repeat: boolean): void => {
  if (received.length > 0) writeSync(file, received.map((key) => `${JSON.stringify({ key, repeat })}\n`).join(""))
  fdatasyncSync(file)
  for (const key of received) keys.add(key)
}

const linesOf = (body: string): ReadonlyArray<string> => body.split("\n").filter((line) => line !== "")

const webhook = (body: string, repeat: boolean): void =>
  keep(
    linesOf(body).map((line) => (JSON.parse(line) as { key: string }).key),
    repeat,
  )

const bulk = (body: string): string => {
  const ids = linesOf(body)
    .filter((_, nth) => nth % 2 === 0)
    .map((line) => (JSON.parse(line) as { create: { _id: string } }).create._id)
  const fresh = ids.filter((id) => !keys.has(id))
  const items = ids.map((id) => ({ create: { _id: id, status: keys.has(id) ? 409 : 201 } }))
  keep(fresh, false)
  return JSON.stringify({ errors: fresh.length < ids.length, items })
}

const server = createServer((request, response) => {
  const parts: Array<Buffer> = []
  request.on("data", (part: Buffer) => parts.push(part))
  request.on("end", () => {
    const bytes = Buffer.concat(parts)
    const body = (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString("utf8")
    if (request.url?.startsWith("/_bulk") === true) {
      const answer = bulk(body)
      response.writeHead(200, { "content-type": "application/json" }).end(answer)
      return
    }
    webhook(body, request.headers["x-assay-repeat"] === "possible")
    response.writeHead(204).end()
  })
})

server.listen(Number(port), "127.0.0.1", () => process.stdout.write("listening\n"))
process.once("SIGTERM", () => {
  server.close(() => closeSync(file))
  server.closeAllConnections()
})
