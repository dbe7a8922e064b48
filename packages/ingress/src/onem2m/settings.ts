/** The settings of `assay ingress onem2m`, checked before anything is opened. */
import { readFileSync } from "node:fs"
import { ONEM2M } from "@assay/settings"
import { type Environment, readSettings } from "@assay/settings/read"
import * as Redacted from "effect/Redacted"
import { type ClientTls, readClientTls } from "../client-tls.ts"
import type { Tls } from "../http/tls.ts"
import { wrongSetting } from "../wrong-setting.ts"
import type { Serialization } from "./serialization.ts"

/** How notifications come. */
export type Notified =
  | {
      readonly by: "http"
      readonly host: string
      readonly port: number
      readonly reachedAt: URL
      readonly tls: Tls | null
    }
  | { readonly by: "polling" }
  | { readonly by: "mqtt" }

export interface Onem2mSettings {
  readonly url: URL
  readonly cseBase: string
  /** `/id-in`. */
  readonly cseId: string
  readonly aeId: string
  readonly label: string
  readonly serialization: Serialization
  readonly notified: Notified
  /** The name in the certificate of the CSE; null: none is asked for. */
  readonly certificateName: string | null
  /** DIDs by AE-ID. */
  readonly devices: ReadonlyMap<string, string>
  /** AE-IDs of applications that may read how devices stand; null: nothing is written back. */
  readonly applications: ReadonlyArray<string> | null
  readonly batch: number
  readonly sweepMs: number
  readonly windowMs: number
  readonly username: string | null
  readonly password: Redacted.Redacted | null
  /** Of `Authorization`; null: none. */
  readonly authorization: Redacted.Redacted | null
  /** Towards the CSE, or its broker; null without TLS. */
  readonly tls: ClientTls | null
}

const SCHEMES = ["http:", "https:", "mqtt:", "mqtts:"]

const urlOf = (key: string, text: string | null, schemes: ReadonlyArray<string>): URL => {
  const expected = schemes.map((scheme) => `${scheme}//host:port`).join(" or ")
  if (text === null) throw wrongSetting(key, `name the CSE, ${expected}`)
  const url = URL.parse(text)
  if (url === null || !schemes.includes(url.protocol) || url.hostname === "")
    throw wrongSetting(key, `${JSON.stringify(text)} is no address: expected ${expected}`)
  if (url.username !== "" || url.password !== "")
    throw wrongSetting(
      key,
      `it must hold no user and no password: set ${ONEM2M.username.key} and ${ONEM2M.password.key}`,
    )
  return url
}

type Given = ReturnType<typeof readSettings<typeof ONEM2M>>

const notifiedOf = (given: Given, url: URL, tls: ClientTls | null): Notified => {
  if (url.protocol.startsWith("mqtt")) return { by: "mqtt" }
  if (given.reachedAt === null) return { by: "polling" }
  const reachedAt = urlOf(ONEM2M.reachedAt.key, given.reachedAt, ["http:", "https:"])
  const at = given.listen.lastIndexOf(":")
  const [host, port] = [given.listen.slice(0, at).replace(/^\[|\]$/g, ""), Number(given.listen.slice(at + 1))]
  if (port > 65_535)
    throw wrongSetting(ONEM2M.listen.key, `${JSON.stringify(given.listen)} has no port from 0 to 65535`)
  if (reachedAt.protocol === "http:") return { by: "http", host, port, reachedAt, tls: null }
  if (tls?.cert == null || tls.key === null || tls.ca === null)
    throw wrongSetting(
      ONEM2M.reachedAt.key,
      `with https:// the adapter shows a certificate and asks for one: set ${ONEM2M.cert.key}, ${ONEM2M.key.key} and ${ONEM2M.ca.key}`,
    )
  return { by: "http", host, port, reachedAt, tls: { cert: tls.cert, key: tls.key, ca: tls.ca } }
}

/** Names of certificates by CSE-ID. */
const peersOf = (text: string | null): ReadonlyMap<string, string> => {
  const pairs = (text ?? "")
    .split(",")
    .map((pair) => pair.trim())
    .filter((pair) => pair !== "")
    .map((pair): [string, string] => {
      const at = pair.indexOf("=")
      const [id, name] = [pair.slice(0, at), pair.slice(at + 1)]
      if (at < 2 || !id.startsWith("/") || name === "")
        throw wrongSetting(ONEM2M.peers.key, `${JSON.stringify(pair)} is no pair: expected /CSE-ID=name`)
      return [id, name]
    })
  return new Map(pairs)
}

const MAX_DEVICES = 100_000

const devicesOf = (path: string | null): ReadonlyMap<string, string> => {
  if (path === null) return new Map()
  const { key } = ONEM2M.devices
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, "utf8"))
  } catch (cause) {
    throw wrongSetting(key, `${JSON.stringify(path)} cannot be read as JSON: ${(cause as Error).message}`)
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrongSetting(key, `${JSON.stringify(path)} must hold an object: {"AE-ID": "DID"}`)
  const pairs = Object.entries(value)
  const odd = pairs.find(([id, did]) => !/^[CS]/.test(id) || typeof did !== "string" || !did.startsWith("did:"))
  if (odd !== undefined)
    throw wrongSetting(key, `${JSON.stringify(path)}: ${JSON.stringify(odd[0])} must be an AE-ID, with a DID`)
  if (pairs.length > MAX_DEVICES)
    throw wrongSetting(key, `${JSON.stringify(path)} holds more than ${MAX_DEVICES} devices`)
  return new Map(pairs as Array<[string, string]>)
}

const applicationsOf = ({ writeBack, applications, devices }: Given): ReadonlyArray<string> | null => {
  const ids = (applications ?? "")
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "")
  const odd = ids.find((id) => !/^[CS][A-Za-z0-9._-]{1,100}$/.test(id))
  if (odd !== undefined) throw wrongSetting(ONEM2M.applications.key, `${JSON.stringify(odd)} is no AE-ID`)
  if (writeBack === "off") {
    if (applications === null) return null
    throw wrongSetting(ONEM2M.applications.key, `it counts with ${ONEM2M.writeBack.key}=on alone`)
  }
  if (devices === null)
    throw wrongSetting(ONEM2M.writeBack.key, `which AE is which device must be known: set ${ONEM2M.devices.key}`)
  return ids
}

const authorizationOf = ({ username, password, token }: Given, url: URL): Redacted.Redacted | null => {
  if (password !== null && username === null)
    throw wrongSetting(ONEM2M.password.key, `it goes together with ${ONEM2M.username.key}: set both`)
  if (token !== null && (username !== null || url.protocol.startsWith("mqtt")))
    throw wrongSetting(ONEM2M.token.key, "it is for HTTP, and instead of a user name and a password")
  if (token !== null) return Redacted.make(`Bearer ${Redacted.value(token)}`)
  if (username === null || url.protocol.startsWith("mqtt")) return null
  const pair = `${username}:${password === null ? "" : Redacted.value(password)}`
  return Redacted.make(`Basic ${Buffer.from(pair).toString("base64")}`)
}

/** @throws ConfigurationError that names the key */
export const readOnem2m = (environment: Environment): Onem2mSettings => {
  const given = readSettings(ONEM2M, environment)
  const url = urlOf(ONEM2M.url.key, given.url, SCHEMES)
  const isTls = url.protocol === "https:" || url.protocol === "mqtts:"
  const tls = readClientTls(
    ONEM2M,
    given,
    isTls || given.reachedAt?.startsWith("https:") === true
      ? null
      : `it counts for TLS alone: neither ${ONEM2M.url.key} nor ${ONEM2M.reachedAt.key} asks for that`,
  )
  const cseId = `/${given.cseBase.split("/")[1]}`
  const peers = peersOf(given.peers)
  if (peers.size > 0 && !peers.has(cseId))
    throw wrongSetting(ONEM2M.peers.key, `it names no certificate for ${cseId}, the CSE of ${ONEM2M.cseBase.key}`)
  const notified = notifiedOf(given, url, tls)
  // Whoever else has a certificate of that authority, such as each device, must not be taken for the CSE.
  if (notified.by === "http" && notified.tls !== null && peers.size === 0)
    throw wrongSetting(ONEM2M.peers.key, `say which name the certificate of ${cseId} has: ${cseId}=cse.example`)
  return {
    url,
    cseBase: given.cseBase,
    cseId,
    aeId: given.aeId,
    label: given.label,
    serialization: given.serialization,
    notified,
    certificateName: peers.get(cseId) ?? null,
    devices: devicesOf(given.devices),
    applications: applicationsOf(given),
    batch: given.batch,
    sweepMs: given.sweep * 1_000,
    windowMs: given.window * 1_000,
    username: given.username,
    password: given.password,
    authorization: authorizationOf(given, url),
    tls: isTls ? tls : null,
  }
}
