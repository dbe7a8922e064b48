/** Where the schema registry is and who we are there, from its declared settings. */

import type { RegistrySettings } from "@assay/schemas"
import { ConfigurationError, REGISTRY } from "@assay/settings"
import { type Environment, readSettings } from "@assay/settings/read"
import * as Redacted from "effect/Redacted"

/** The settings of a schema registry, with the password under cover. */
export type RegistryConfiguration = Omit<RegistrySettings, "password"> & { readonly password: Redacted.Redacted | null }

const { url: URL_SETTING, user: USER, password: PASSWORD } = REGISTRY

/** An empty key of the registry counts as absent. */
const filled = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""))

const wrong = (what: string): ConfigurationError => new ConfigurationError(`configuration: ${what}`)

/** @throws ConfigurationError that names the key */
const checkUrl = (text: string): string => {
  const url = URL.parse(text)
  if (url === null) {
    // Not repeated: who mistypes a URL may have written a password into it.
    throw wrong(`${URL_SETTING.key} is no URL: it takes one like http://sr.example:8081`)
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw wrong(`${URL_SETTING.key} begins with ${url.protocol}, and must with http: or https:`)
  if (url.username !== "" || url.password !== "")
    throw wrong(`${URL_SETTING.key} holds credentials, which would show in logs: set ${USER.key} and ${PASSWORD.key}`)
  if (url.search !== "" || url.hash !== "") throw wrong(`${URL_SETTING.key} takes no query and no fragment`)
  return text.replace(/\/+$/, "")
}

/**
 * @param asked in place of SCHEMA_REGISTRY_URL
 * @returns null where there is neither: then the ids are those of `schemas/ids.json`
 * @throws ConfigurationError that names the key, and never repeats the password
 */
export const readRegistry = (environment: Environment, asked: string | null = null): RegistryConfiguration | null => {
  const { url, user, password } = readSettings(REGISTRY, filled(environment))
  if ((user === null) !== (password === null)) {
    const missing = user === null ? USER.key : PASSWORD.key
    throw wrong(`${missing} is missing: a name and a password go together`)
  }
  if (user?.includes(":")) throw wrong(`${USER.key} holds a colon, which basic authentication cannot carry`)
  const given = asked ?? url
  return given === null ? null : { url: checkUrl(given), user, password }
}

/** What the client of the schema registry is given: the password in the clear. */
export const registryAccess = (registry: RegistryConfiguration): RegistrySettings => ({
  ...registry,
  password: registry.password === null ? null : Redacted.value(registry.password),
})
