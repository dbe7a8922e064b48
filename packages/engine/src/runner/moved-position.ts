import { ConfigurationError } from "@assay/settings"

/**
 * A group's position in one partition and its state there do not belong together. Where several processes share the log it
 * concerns that partition only, whichever of them has it.
 */
export class MovedError extends ConfigurationError {}
