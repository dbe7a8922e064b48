/**
 * The bounds of a policy. They keep the table, the parse time and the memory of every policy known beforehand; a
 * policy over a bound is refused as a whole, never cut.
 */
export const LIMITS = {
  /** Bytes of the YAML text. */
  bytes: 1_048_576,
  /** Nested maps and lists. */
  depth: 12,
  zones: 256,
  /** A zone, its parent, the parent's parent and so on. */
  levels: 8,
  conduits: 2_048,
  guardrails: 512,
  assignments: 1_024,
  /** Audience patterns of all zones together. */
  audiences: 4_096,
  /** DIDs of all assignments together; larger fleets are assigned by vendor and class. */
  devices: 10_000,
  /** Distinct device classes named by conduits. */
  classes: 64,
  /** zones x zones x actions x (classes + 1): 16 MB of table. */
  flows: 4_194_304,
  /** Characters of an id; short, because denied zones and conduits are kept in the state of devices. */
  id: 32,
  /** Characters of an audience pattern, a DID, a vendor, an owner or a reason. */
  text: 512,
  /** Distinct denied zones that the state of a device remembers, so the highest `lateral.zones`. */
  lateralZones: 8,
  /** Rated conduits that the state of a device remembers. */
  ratedConduits: 4,
  /** The longest duration, 24 hours. */
  durationMs: 86_400_000,
  ratePerMinute: 60_000,
  /** Time zones that windows name. */
  timezones: 64,
  /** Changes of the offset of one of them, from `issued` to `expires`. */
  offsetChanges: 256,
  /** Problems reported before giving up. */
  problems: 100,
} as const
