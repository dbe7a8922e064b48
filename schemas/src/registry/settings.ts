/** Where the schema registry is and who we are there, by the environment's settings. */
import { SchemaRegistryError } from "./error.ts"

export interface RegistrySettings {
  /** Without a slash at its end; may have a path, as Apicurio's `/apis/ccompat/v7`. */
  readonly url: string
  readonly user: string | null
  readonly password: string | null
}

const misconfigured = (message: string): never => {
  throw new SchemaRegistryError("misconfigured", message)
}

/**
 * @param url in place of SCHEMA_REGISTRY_URL
 * @returns null where there is neither: then the ids are those of `schemas/ids.json`
 * @throws SchemaRegistryError (misconfigured) that names the setting
 */
export const registrySettings = (
  env: Readonly<Record<string, string | undefined>> = process.env,
  url: string | null = null,
): RegistrySettings | null => {
  const text = url ?? (env["SCHEMA_REGISTRY_URL"] || null)
  const user = env["SCHEMA_REGISTRY_USER"] || null
  const password = env["SCHEMA_REGISTRY_PASSWORD"] || null
  if ((user === null) !== (password === null)) {
    misconfigured(
      `SCHEMA_REGISTRY_${user === null ? "USER" : "PASSWORD"} is missing: a name and a password go together`,
    )
  }
  if (user?.includes(":")) misconfigured("SCHEMA_REGISTRY_USER holds a colon, which basic authentication cannot carry")
  if (text === null) return null
  const parsed = URL.canParse(text)
    ? new URL(text)
    : misconfigured(`${JSON.stringify(text)} is no URL; SCHEMA_REGISTRY_URL takes one like http://127.0.0.1:8081`)
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    misconfigured(`SCHEMA_REGISTRY_URL begins with ${parsed.protocol}, and must with http: or https:`)
  }
  if (parsed.username !== "" || parsed.password !== "") {
    misconfigured(
      "SCHEMA_REGISTRY_URL holds credentials, which would show in logs: set SCHEMA_REGISTRY_USER and SCHEMA_REGISTRY_PASSWORD",
    )
  }
  if (parsed.search !== "" || parsed.hash !== "") misconfigured("SCHEMA_REGISTRY_URL takes no query and no fragment")
  return { url: text.replace(/\/+$/, ""), user, password }
}
