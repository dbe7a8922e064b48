/** TLS and client certificates on a real server. Certificates come from the openssl command; without it only files are tested. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:https"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { hasOpenssl, issue, makeAuthority, type Pair } from "@assay/testkit/certificates"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { accessFor } from "../../src/http/access.ts"
import { type RunningServer, startServer } from "../../src/http/server.ts"
import { readTls } from "../../src/http/tls.ts"

let dir = ""
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-tls-"))
  writeFileSync(join(dir, "junk.pem"), "junk")
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const NONE = { tlsCert: null, tlsKey: null, tlsCa: null, tlsRights: "" }

describe("readTls", () => {
  it("is null where nothing is configured", () => {
    expect(readTls(NONE)).toBeNull()
  })

  it.each([
    [{ tlsCert: "a" }, "ASSAY_HTTP_TLS_CERT and ASSAY_HTTP_TLS_KEY go together"],
    [{ tlsKey: "a" }, "ASSAY_HTTP_TLS_CERT and ASSAY_HTTP_TLS_KEY go together"],
    [{ tlsCa: "a" }, "ASSAY_HTTP_TLS_CERT and ASSAY_HTTP_TLS_KEY go together"],
    [{ tlsRights: "gw=submit" }, "ASSAY_HTTP_TLS_CA"],
    [{ tlsCert: "/no/such.pem", tlsKey: "/no/such.key" }, 'ASSAY_HTTP_TLS_CERT is "/no/such.pem"'],
  ])("refuses %j and names the key", (given, says) => {
    expect(() => readTls({ ...NONE, ...given })).toThrow(says)
  })
})

describe.runIf(hasOpenssl)("mTLS", () => {
  let server: RunningServer
  let ca: Pair
  let known: Pair
  let nameless: Pair
  let foreign: Pair

  beforeAll(async () => {
    ca = makeAuthority(dir, "authority")
    issue(dir, "authority", "server")
    known = issue(dir, "authority", "gateway")
    nameless = issue(dir, "authority", "visitor")
    const other = mkdtempSync(join(tmpdir(), "assay-tls-"))
    makeAuthority(other, "stranger")
    foreign = issue(other, "stranger", "gateway") // the right name, by the wrong authority
    rmSync(other, { recursive: true })
    const tls = readTls({
      tlsCert: join(dir, "server.pem"),
      tlsKey: join(dir, "server.key"),
      tlsCa: join(dir, "authority.pem"),
      tlsRights: "gateway=submit",
    })
    server = await startServer({
      host: "127.0.0.1",
      port: 0,
      access: accessFor("127.0.0.1", [], [{ principal: "gateway", rights: ["submit"] }]),
      routes: [
        {
          method: "GET",
          path: "/submit",
          right: "submit",
          handle: ({ caller }) => ({ status: 200, body: { principal: caller.principal } }),
        },
        { method: "GET", path: "/read", right: "read", handle: () => ({ status: 200, body: {} }) },
      ],
      tls,
      onRefused: () => undefined,
    })
  })
  afterAll(() => server.close())

  const get = (
    path: string,
    client: Pair | null,
    more: object = {},
  ): Promise<{ status: number | undefined; body: string }> =>
    new Promise((resolve, reject) => {
      request(
        `${server.url}${path}`,
        { ca: ca.cert, agent: false, ...(client === null ? {} : client), ...more },
        (response) => {
          let body = ""
          response.setEncoding("utf8").on("data", (part: string) => {
            body += part
          })
          response.once("end", () => resolve({ status: response.statusCode, body }))
        },
      )
        .once("error", reject)
        .end()
    })

  it("knows a client by its certificate, and gives it its own rights alone", async () => {
    expect(server.url).toMatch(/^https:/)
    const answer = await get("/submit", known)
    expect({ status: answer.status, body: JSON.parse(answer.body) }).toEqual({
      status: 200,
      body: { principal: "gateway" },
    })
    expect((await get("/read", known)).status).toBe(403)
  })

  it("does not take a certificate that a browser shows for a web page", async () => {
    const from = (headers: Record<string, string>) => get("/submit", known, { headers })
    expect((await from({ origin: "https://evil.example" })).status).toBe(401)
    expect((await from({ origin: "null" })).status).toBe(401)
    expect((await from({ "sec-fetch-site": "cross-site" })).status).toBe(401)
    expect((await from({ "sec-fetch-site": "none" })).status).toBe(200)
  })

  it("knows nobody without a certificate, of another name, or of another authority", async () => {
    expect((await get("/submit", null)).status).toBe(401)
    expect((await get("/submit", nameless)).status).toBe(401)
    expect((await get("/submit", foreign)).status).toBe(401)
  })

  it("speaks nothing below TLS 1.3", async () => {
    await expect(get("/submit", known, { maxVersion: "TLSv1.2" })).rejects.toThrow(/protocol version/i)
  })

  it("refuses a key that is not the certificate's", () => {
    const paths = { ...NONE, tlsCert: join(dir, "server.pem"), tlsKey: join(dir, "gateway.key") }
    expect(() => readTls(paths)).toThrow("ASSAY_HTTP_TLS_KEY")
    expect(() => readTls({ ...paths, tlsCert: join(dir, "junk.pem") })).toThrow("ASSAY_HTTP_TLS_CERT")
  })
})
