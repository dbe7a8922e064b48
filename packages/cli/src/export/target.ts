/** `assay export --to`: a file, standard output, or a sink by its kind, and the options that every one has. */
import { isTarget, parseTarget, SINK_KINDS, type SinkSetup, setUpTarget, TargetError } from "@assay/egress/kinds"
import { type Arguments, type Option, UsageError } from "../command.ts"

/** Each is an option of the target under the same name. */
export const TARGET_OPTIONS = {
  format: {
    type: "string",
    value: "NAME",
    help: "decision, json, ocsf, ecs, cef, leef, rfc5424 and others; each kind of sink has its own default",
  },
  severity: {
    type: "string",
    value: "NAME",
    help: "leave out what is below: informational, low, medium, high, critical",
  },
  reason: {
    type: "string",
    value: "LIST",
    help: "only with one of these reasons, with + between; identity.* is all of them",
  },
  zone: { type: "string", value: "LIST", help: "only from these zones, with + between" },
  sample: { type: "string", value: "N", help: "of what is harmless, one in N" },
  storm: { type: "string", value: "N", help: "sum up what comes more than N times at once; 0: never" },
} as const satisfies Readonly<Record<string, Option>>

/** One line for each kind: how it is named, and the formats that it has. */
export const targetForms = (): string =>
  Object.values(SINK_KINDS)
    .map(({ form, formats }) => `  ${form.padEnd(28)}${formats.join(", ")}`)
    .join("\n")

/**
 * @param to a file or `KIND:TARGET`; null: standard output, which has the forms of a file
 * @throws UsageError
 */
export const setUpExport = (given: Arguments, to: string | null): SinkSetup => {
  const more = new Map<string, string>()
  for (const name of Object.keys(TARGET_OPTIONS)) {
    const value = given.text(name)
    if (value !== null) more.set(name, value)
  }
  try {
    const target =
      to !== null && isTarget(to) ? parseTarget(to) : { kind: "file", address: to ?? "-", options: new Map() }
    return setUpTarget(target, more)
  } catch (cause) {
    if (cause instanceof TargetError) throw new UsageError(cause.message, { cause })
    throw cause
  }
}
