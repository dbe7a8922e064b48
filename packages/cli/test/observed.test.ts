import { Metrics } from "@assay/telemetry"
import { expect, it } from "vitest"
import { serveHealth } from "../src/ingress/health.ts"
import { observed } from "../src/observed.ts"

/** Another address of this machine than the default one: where the kubelet and Prometheus come from, loopback is not reached. */
const HOST = "127.0.0.2"

it("serves an adapter's health at the address that was named, and says why it is not ready", async () => {
  const server = await serveHealth(
    { host: HOST, port: 0 },
    () => ({}),
    () => "no broker",
    new Metrics(),
  )
  try {
    expect(new URL(server.url).hostname).toBe(HOST)
    const answers = await Promise.all(["/livez", "/readyz", "/metrics"].map((path) => fetch(server.url + path)))
    expect(answers.map(({ status }) => status)).toEqual([200, 503, 200])
    expect(await answers[1]!.text()).toContain("no broker")
    // Nothing else is served to whoever comes.
    expect((await fetch(`${server.url}/v1/admin/knowledge`)).status).toBe(404)
  } finally {
    await server.close()
  }
})

it("refuses an address that this machine does not have", async () => {
  await expect(observed("assay-export", null, 0, { host: "192.0.2.1" })).rejects.toThrow("192.0.2.1")
})
