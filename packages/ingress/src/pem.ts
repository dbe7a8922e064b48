/** PEM files that a configuration names, read and tried before anything is started. */
import { readFileSync } from "node:fs"
import { createSecureContext, type SecureContextOptions } from "node:tls"
import { ConfigurationError } from "@assay/settings"

/**
 * @param name the setting, for messages
 * @param use what TLS makes of the file
 * @throws ConfigurationError that names the setting and the file
 */
export const readPem = (name: string, path: string, use: (pem: Buffer) => SecureContextOptions): Buffer => {
  try {
    const pem = readFileSync(path)
    createSecureContext(use(pem))
    return pem
  } catch (cause) {
    throw new ConfigurationError(
      `${name} is ${JSON.stringify(path)}, which cannot be used: ${(cause as Error).message}`,
    )
  }
}
