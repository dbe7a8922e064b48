/**
 * The health check: `ready.mjs [/readyz|/livez]` exits 0 where the node on this machine answers that path with 200, else 1 and
 * the reason. /readyz (the default): it can do its work. /livez: its process answers at all.
 */
import { HTTP, processEnvironment } from "@assay/settings"

const environment = processEnvironment()
const path = process.argv[2] ?? "/readyz"
const secure = environment[HTTP.tlsCert.key] !== undefined
const port = environment[HTTP.httpPort.key] ?? HTTP.httpPort.fallback
if (secure) {
  process.stderr.write("the node speaks TLS: give the container a health check that knows its certificate\n")
  process.exit(1)
}
try {
  const answer = await fetch(new URL(path, `http://127.0.0.1:${port}`), { signal: AbortSignal.timeout(4_000) })
  if (!answer.ok) process.stderr.write(`${answer.status}: ${await answer.text()}\n`)
  process.exitCode = answer.ok ? 0 : 1
} catch (cause) {
  process.stderr.write(`${cause instanceof Error ? cause.message : cause}\n`)
  process.exitCode = 1
}
