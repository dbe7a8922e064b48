/** Apart from what reads the configuration, so that the device-side commands need not load Effect. */

/** What is wrong with the configuration; `message` names the key. The caller's duty: correct it; trying again does not help. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError"
}
