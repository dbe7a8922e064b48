import { ConfigurationError } from "@assay/settings"

/** A setting that has its form and cannot be used all the same. @param what for people: why, and what to change */
export const wrongSetting = (key: string, what: string): ConfigurationError =>
  new ConfigurationError(`configuration: ${key}: ${what}`)
