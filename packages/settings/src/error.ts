/** What is wrong with the configuration; `message` names the key. The caller's duty: correct it; trying again does not help. */
export class ConfigurationError extends Error {
  readonly _tag = "ConfigurationError"
  override readonly name = "ConfigurationError"
}
