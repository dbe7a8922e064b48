/** Where the read model's Redis is, from REDIS_URL. */
import { ConfigurationError, expectedOf, READ_MODEL } from "@assay/settings"
import * as Redacted from "effect/Redacted"

export interface RedisSettings {
  readonly host: string
  readonly port: number
  readonly username: string | null
  readonly password: Redacted.Redacted | null
  readonly database: number
  readonly tls: boolean
  /** `host:port/database`: what may be shown and logged. */
  readonly shown: string
}

const FORM = expectedOf(READ_MODEL.redisUrl).replaceAll("`", "")
const DEFAULT_PORT = 6379

/** @throws ConfigurationError that names the key, and never repeats the password */
export const readRedisUrl = (given: Redacted.Redacted): RedisSettings => {
  const wrong = (what: string): ConfigurationError =>
    new ConfigurationError(`${READ_MODEL.redisUrl.key} ${what}: expected ${FORM}`)
  const url = URL.parse(Redacted.value(given))
  if (url === null) throw wrong("is no URL")
  if (url.protocol !== "redis:" && url.protocol !== "rediss:") throw wrong(`has the scheme ${url.protocol}`)
  if (url.hostname === "") throw wrong("names no host")
  if (url.search !== "" || url.hash !== "") throw wrong("has a query or a fragment")
  const database = /^\/?(\d{0,4})$/.exec(url.pathname)?.[1]
  if (database === undefined) throw wrong(`names the database ${JSON.stringify(url.pathname.slice(1, 40))}`)
  const port = url.port === "" ? DEFAULT_PORT : Number(url.port)
  if (port === 0) throw wrong("names port 0")
  const decoded = (part: string): string | null => {
    try {
      return part === "" ? null : decodeURIComponent(part)
    } catch {
      throw wrong("has a user or password that is not valid percent-encoding")
    }
  }
  const password = decoded(url.password)
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    username: decoded(url.username),
    password: password === null ? null : Redacted.make(password),
    database: Number(database),
    tls: url.protocol === "rediss:",
    shown: `${url.hostname}:${port}/${Number(database)}`,
  }
}
